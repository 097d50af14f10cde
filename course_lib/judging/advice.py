"""What an error that a student's code raised usually means."""

import re

from course_lib.judging.frameworks import in_numpy
from course_lib.judging.reading import Error

# The first pattern that is found in "Type: message" has the advice.
ADVICE = {
    r"NotImplementedError": "Part of the code is not written yet.",
    r"TypeError: \w+ is to be called with one argument": (
        "The function that you are given takes one argument: hand it over as it is, without a * in front."
    ),
    r"TypeError: .*missing .* required positional argument": (
        "The contract's arguments are all that is passed. Whatever else is needed comes out of them; what is "
        "to last from call to call, such as the number of the step, the object keeps for itself."
    ),
    r"TypeError: .*takes \d+ positional arguments? but \d+ (was|were) given": (
        "Compare the arguments in the def line with the contract: are they all there? In a class, self comes "
        "first."
    ),
    r"AttributeError: .* has no attribute '(step|forward|backward|update)'": (
        "The contract asks for a method of this name: is it spelled so, and indented inside the class?"
    ),
    r"AttributeError: 'NoneType'": (
        "Something is None: an attribute that was never given its first value, or a result that was not "
        "returned."
    ),
    r"AttributeError: module": "The module has nothing of this name: is it spelled as in its documentation?",
    r"AttributeError: '.*Generator' object has no attribute": (
        "rng is a NumPy generator. Its methods have other names than those of np.random: look them up under "
        "numpy.random.Generator."
    ),
    r"AttributeError: '(builtin_function_or_method|function|method|numpy\.ufunc)'": (
        "What stands in front of the dot is a function: is the dot meant, or is it part of a longer name?"
    ),
    r"AttributeError: '(numpy\.\w+|float|int|list|tuple|dict)'": (
        "What stands in front of the dot has no such attribute: is one name used for two things?"
    ),
    r"AttributeError": "The attribute is used before it is set: compare its name with those set in __init__.",
    r"UnboundLocalError": (
        "A name is used before it has a value: on the way taken here, nothing was assigned to it. What is to "
        "last from one call to the next lives on self."
    ),
    r"NameError: name '(np|numpy|math)'": "The module is not imported: run the cell with the imports first.",
    r"NameError: name '(m|v|s|t|lr|eps|rho|beta\d|weight_decay|theta|gradient)'": (
        "Is self. missing in front of it, or is the name another one in the def line?"
    ),
    r"NameError": "Python does not know this name: is it spelled as where it was defined?",
    r"TypeError: .*(bitwise_xor|for \^)": "In Python, ^ is no power; it works on the bits of whole numbers.",
    r"TypeError: .*(multiply sequence|concatenate (list|tuple)|for \S+ '(list|tuple)'|and '(list|tuple)')": (
        "A list or a tuple is not an array: arithmetic does not go through its entries."
    ),
    r"TypeError: Cannot cast ufunc .* to dtype\('u?int": (
        "An array of whole numbers cannot take in the result: with which dtype was it made?"
    ),
    r"TypeError: unsupported operand.*NoneType": (
        "One side of the operation is None: the state has no value at the first call, or a result was not "
        "returned."
    ),
    r"TypeError: Cannot interpret .* as a data type": (
        "A shape of several numbers is one argument, a tuple: is a pair of parentheses missing?"
    ),
    r"TypeError: expected a sequence of integers or a single integer": (
        "Where a shape is asked stands another number: in which order does the method want its arguments?"
    ),
    r"TypeError: 'numpy\.ndarray' object is not callable": (
        "An array stands in front of a parenthesis: is a * missing? If it is the gradient, it comes as "
        "numbers and cannot be asked at another place."
    ),
    r"TypeError: .*object is not callable": (
        "Something that is no function stands in front of a parenthesis: is a * missing?"
    ),
    r"TypeError: only .*scalar|TypeError: .*0-dimensional": (
        "A function for single numbers is given an array: NumPy has one of the same name that works on all "
        "entries."
    ),
    r"TypeError: 'float' object cannot be interpreted as an integer|TypeError: slice indices": (
        "A whole number is needed here, and / always gives a float."
    ),
    r"TypeError: 'NoneType' object is not (subscriptable|iterable)": (
        "Something is None: a result that was not returned, or that of a function that works in place, such "
        "as rng.shuffle or list.sort."
    ),
    r"ValueError: .*(inhomogeneous|cannot reshape)|ValueError: array split does not": (
        "One array cannot have rows of different lengths: what does not come out even has to be kept apart."
    ),
    r"UFuncTypeError": (
        "An operation in place, such as /=, cannot change an array's kind: True and False, or whole "
        "numbers, do not become fractions in it."
    ),
    r"ValueError: .*larger sample than population": "More is to be drawn than there is left.",
    r"ValueError: The truth value of an array": (
        "An array is used where True or False is needed, as in `if gradient == 0`: it has many entries and "
        "not one answer. To ask whether the state exists yet, compare it with None, using `is`; and are the "
        "arguments in the def line in the contract's order?"
    ),
    r"ValueError: .*(broadcast|shape|aligned|mismatch)": (
        "Two arrays of different shapes meet: print both shapes. If one was kept from an earlier call, "
        "has it the shape of what comes in now?"
    ),
    r"IndexError": "An index goes beyond the array: it may have one, two or three dimensions.",
    r"ZeroDivisionError": "Something is divided by zero: which denominator can be 0 at the very first step?",
    r"RecursionError": "A method calls itself without end.",
    r"KeyError": (
        "The dictionary has no entry of this name: is it one of the names that came in? Or was the entry to "
        "be made at the first call?"
    ),
    r"ValueError: high - low < 0": "The two ends of a range have changed places.",
    r"EOFError": "input() waits for an answer that nobody gives: all that is needed is an argument.",
    r"BdbQuit": "A breakpoint is still in the code: remove it before the check.",
    r"ModuleNotFoundError": "The course does not have this module: NumPy is enough.",
    r"SystemExit": "The code ends the program: remove exit() or sys.exit().",
    r"KeyboardInterrupt": "The run was interrupted.",
    r"MemoryError": "The code asks for far more memory than arrays of this size need.",
}


def advice(error: Error) -> str:
    """One or two sentences; a general one where nothing better is known."""
    if theirs := in_numpy(error):
        return theirs
    text = f"{error.type}: {error.message}"
    found = (words for pattern, words in ADVICE.items() if re.search(pattern, text))
    return next(
        found, "Call the code yourself in a cell above, with small arrays, and look at each value on the way."
    )
