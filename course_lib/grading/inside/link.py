"""What goes over the socket between the server and who asks it."""

from struct import Struct

# Before a request: the lengths of what the server reads and of what the run's process reads.
LENGTHS = Struct(">II")
# Before each piece that comes back: its kind and its length.
FRAME = Struct(">cI")
READY, DATA, END = b"R", b"D", b"E"
