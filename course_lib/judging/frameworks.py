"""Other libraries' words in a student's code, as Python's errors name them, and what NumPy says instead."""

import re

from course_lib import texts
from course_lib.judging.reading import Error

say = texts.beside(__file__)

KEYWORDS = {"dim": "axis", "keepdim": "keepdims"}
# What else is theirs: the pattern of "Type: message", and the name of what to say of it.
OTHERS = {
    r"NameError: name '(torch|nn|F|optim)'|No module named 'torch": "no-torch",
    r"NameError: name '(tf|keras|K|layers|tensorflow)'|No module named '(tensorflow|keras|jax|flax|optax)": (
        "other-library"
    ),
    r"'memoryview'|attribute 'data'": "data",
    r"unhashable type: 'numpy.ndarray'": "array-as-key",
    r"KeyError: \d{9,}": "key-is-id",
    r"'int' object is not callable": "int-called",
}


def in_numpy(error: Error) -> str | None:
    """What to say of an error, if a word of another library is behind it."""
    text = f"{error.type}: {error.message}"
    for pattern, theirs in OTHERS.items():
        if re.search(pattern, text):
            return say(theirs)
    # Arrays and numbers only: a student's own class may have forgotten a method of such a name.
    owner = r"'numpy[\w.]*'|'float'|'int'|module '(?:numpy|np)\S*"
    if found := re.search(rf"AttributeError: (?:{owner}).* has no attribute '(\w+)'", text):
        return _attribute(found[1])
    if found := re.search(r"unexpected keyword argument '(\w+)'|no keyword argument '?(\w+)", text):
        word = found[1] or found[2]
        if word in KEYWORDS:
            return say("keyword", word=word, instead=KEYWORDS[word])
    return None


def _attribute(name: str) -> str | None:
    for library, key in (("tensorflow", "of-tensorflow"), ("torch", "of-torch")):
        if instead := say.all(library).get(name):
            return say(key, name=name, instead=instead)
    if name.endswith("_") and not name.startswith("_"):
        return say("in-place", name=name)
    return None
