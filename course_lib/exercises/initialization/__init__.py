"""The exercises of unit 05: fans, the four initialisers, and which of them for which activation."""
