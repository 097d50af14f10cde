"""Names as every system's disk can hold them, made of whatever students and platforms call things."""

import re
import unicodedata

from course_lib.grading.submission import DEEPEST

LONGEST = 120  # characters of a name that is written to disk
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe_name(name: str) -> str:
    """A file's name as every system can hold it: what it cannot hold becomes an underscore."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(letter if letter.isprintable() else "_" for letter in name)
    name = re.sub(r'[<>:"/\\|?*]', "_", name).rstrip(". ") or "_"
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    while len(name) > LONGEST or len(name.encode()) > 2 * LONGEST:
        if not stem or len(ending) > 10:
            name = name[:-1]
        else:
            stem = stem[:-1]
            name = f"{stem}{dot}{ending}"
    return name


def safe_path(path: str) -> str:
    """A path below a student's folder, as every system can hold it, and as deep as grading reads."""
    *folders, name = map(safe_name, path.split("/"))
    return "/".join([*folders[: DEEPEST - 1], name])


def student_name(text: str) -> str:
    """A student's name as a folder's: readable, as the gradebook, a shell and a spreadsheet can hold it.

    Empty where nothing is left of it.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = "".join(letter for letter in text if letter.isprintable())
    text = text.replace("[", "(").replace("]", ")")  # nbgrader takes these for a pattern
    text = re.sub(r'[<>:"/\\|?*;#%]', " ", text)
    text = re.sub(r"^[\W_]+", "", " ".join(text.split()))  # no leading dot, dash or sign of a formula
    return safe_name(text[:80].rstrip(". ")) if text.rstrip(". ") else ""
