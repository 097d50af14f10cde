"""What an error that a student's code raised usually means."""

import re

from course_lib.checks.reading import Error

# The first pattern that is found in "Type: message" has the advice.
ADVICE = {
    r"NotImplementedError": "Part of the code is not written yet.",
    r"TypeError: .*missing .* required positional argument": (
        "The contract's arguments are all that is passed. Whatever else is needed, such as the number of the "
        "step, the object keeps for itself."
    ),
    r"TypeError: .*takes \d+ positional arguments? but \d+ (was|were) given": (
        "Compare the arguments in the def line with the contract: is self the first, and are the others "
        "there?"
    ),
    r"AttributeError: .* has no attribute '(step|forward|backward|update)'": (
        "The contract asks for a method of this name: is it spelled so, and indented inside the class?"
    ),
    r"AttributeError: 'NoneType'": (
        "Something is None: an attribute that was never given its first value, or a result that was not "
        "returned."
    ),
    r"AttributeError: 'numpy\.ndarray'|AttributeError: 'float'": (
        "An array or a number has no such attribute: is one name used for two things?"
    ),
    r"AttributeError": "The attribute is used before it is set: compare its name with those set in __init__.",
    r"UnboundLocalError": (
        "A name is used before it has a value: what is to last from one call to the next lives on self."
    ),
    r"NameError: name '(np|numpy|math)'": "The module is not imported: run the cell with the imports first.",
    r"NameError: name '(m|v|s|t|lr|eps|rho|beta\d|weight_decay|theta|gradient)'": (
        "Is self. missing in front of it, or is the name another one in the def line?"
    ),
    r"NameError": "Python does not know this name: is it spelled as where it was defined?",
    r"TypeError: unsupported operand.*NoneType": (
        "One side of the operation is None: the state has no value at the first call, or a result was not "
        "returned."
    ),
    r"TypeError: .*object is not callable": (
        "Something that is no function stands in front of a parenthesis: is a * missing?"
    ),
    r"TypeError: only .*scalar|TypeError: .*0-dimensional": (
        "A function for single numbers is given an array: NumPy has one of the same name that works on all "
        "entries."
    ),
    r"ValueError: The truth value of an array": (
        "An array is used where True or False is needed. To ask whether the state exists yet, compare it "
        "with None, using `is`."
    ),
    r"ValueError: .*(broadcast|shape|aligned|mismatch)": (
        "Two arrays of different shapes meet: is the state made in the shape of this object's first gradient?"
    ),
    r"IndexError": "An index goes beyond the array: it may have one, two or three dimensions.",
    r"ZeroDivisionError": "Something is divided by zero: which denominator can be 0 at the very first step?",
    r"RecursionError": "A method calls itself without end.",
    r"KeyError": "The dictionary has no such entry yet: what does it hold at the first call?",
    r"SystemExit": "The code ends the program: remove exit() or sys.exit().",
    r"KeyboardInterrupt": "The run was interrupted.",
    r"MemoryError": "The code asks for far more memory than arrays of this size need.",
}


def advice(error: Error) -> str:
    """One or two sentences; a general one where nothing better is known."""
    text = f"{error.type}: {error.message}"
    found = (words for pattern, words in ADVICE.items() if re.search(pattern, text))
    return next(
        found, "Call the code yourself in a cell above, with small arrays, and look at each value on the way."
    )
