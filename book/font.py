"""The font of formulas, STIX Two Math (SIL Open Font License 1.1), and its licence."""

from pathlib import Path

from npm import kept_files

PACKAGE = "@fontsource/stix-two-math@5.3.0"
INTEGRITY = "sha512-negoeozw6VSXjZMozwKRSm/dhCQT62csZcuea9I8KYqPaZq/8KbbBBrA02ZHF7AyuR5mVML/p+q0bwFuSIf2GQ=="
FILES = ("files/stix-two-math-latin-400-normal.woff2", "LICENSE")  # the first is named in static/book.css


def font(kept: Path) -> list[Path]:
    """Its files, fetched once, then taken from the folder in which they are kept."""
    return kept_files(PACKAGE, INTEGRITY, FILES, kept)
