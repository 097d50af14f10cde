"""How names and texts are printed: on one line, and not too many or too long."""

import re
import textwrap

FIRST = 10  # names that are printed
LONGEST = 300  # characters of a remark: students' own words occur in them


def line(text: str) -> str:
    """A text as one line that can be printed anywhere, and is not too long."""
    printable = "".join(character if character.isprintable() else " " for character in text[:2000])
    return textwrap.shorten(re.sub(r"\s+", " ", printable), LONGEST, placeholder=" …")


def some(names: list[str]) -> str:
    """The first of the names, in one line, and how many more there are."""
    more = f" and {len(names) - FIRST} more" if len(names) > FIRST else ""
    return ", ".join(names[:FIRST]) + more
