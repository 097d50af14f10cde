"""Functions that refuse some arguments with a ValueError: what is noted of the error."""

import re

from course_lib.judging.exercise import Result

FEWEST_WORDS = 3


def remark(result: Result) -> str | None:
    """A note, where the error says too little to help the one who gets to see it."""
    judged = zip(result.expected, result.got, strict=True)
    pairs = (pair for expected, got in judged for pair in zip(expected, got, strict=True))
    errors = (came.error for right, came in pairs if right.error and came.error)
    said = next((error.message for error in errors if len(_words(error.message)) < FEWEST_WORDS), None)
    if said is None:
        return None
    what = f"says only “{said}”" if said else "says nothing"
    return (
        f"Your error {what}. The contract asks for a sentence with it: who calls the function wants to know "
        "what was expected and what came."
    )


def _words(message: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", message)
