"""What an error that a student's code raised usually means."""

import re

from course_lib import texts
from course_lib.judging.frameworks import in_numpy
from course_lib.judging.reading import Error

say = texts.beside(__file__)

# The first pattern that is found in "Type: message" has the advice: its name.
ADVICE = {
    r"NotImplementedError": "not-written",
    r"TypeError: \w+ is to be called with one argument": "one-argument",
    r"TypeError: .*missing .* required positional argument": "missing-arguments",
    r"TypeError: .*takes \d+ positional arguments? but \d+ (was|were) given": "too-many-arguments",
    r"AttributeError: .* has no attribute '(step|forward|backward|update)'": "method-missing",
    r"AttributeError: 'NoneType'": "attribute-of-none",
    r"AttributeError: module": "not-in-module",
    r"AttributeError: '.*Generator' object has no attribute": "generator",
    r"AttributeError: '(builtin_function_or_method|function|method|numpy\.ufunc)'": "attribute-of-function",
    r"AttributeError: '(numpy\.\w+|float|int|list|tuple|dict)'": "attribute-of-number",
    r"AttributeError": "attribute-not-set",
    r"UnboundLocalError": "local-without-value",
    r"NameError: name '(np|numpy|math)'": "module-not-imported",
    r"NameError: name '(m|v|s|t|lr|eps|rho|beta\d|weight_decay|theta|gradient)'": "self-missing",
    r"NameError": "name-unknown",
    r"TypeError: .*(bitwise_xor|for \^)": "no-power",
    r"TypeError: .*(multiply sequence|concatenate (list|tuple)|for \S+ '(list|tuple)'|and '(list|tuple)')": (
        "list-is-no-array"
    ),
    r"TypeError: Cannot cast ufunc .* to dtype\('u?int": "whole-numbers-cannot-hold",
    r"TypeError: unsupported operand.*NoneType": "operand-none",
    r"TypeError: Cannot interpret .* as a data type": "shape-is-one-argument",
    r"TypeError: expected a sequence of integers or a single integer": "shape-is-a-number",
    r"TypeError: 'numpy\.ndarray' object is not callable": "array-called",
    r"TypeError: .*object is not callable": "number-called",
    r"TypeError: only .*scalar|TypeError: .*0-dimensional": "function-for-numbers",
    r"TypeError: 'float' object cannot be interpreted as an integer|TypeError: slice indices": (
        "needs-whole-number"
    ),
    r"TypeError: 'NoneType' object is not (subscriptable|iterable)": "subscript-of-none",
    r"ValueError: .*(inhomogeneous|cannot reshape)|ValueError: array split does not": "rows-differ",
    r"UFuncTypeError": "cannot-change-kind",
    r"ValueError: .*larger sample than population": "draws-too-many",
    r"ValueError: The truth value of an array": "truth-of-array",
    r"ValueError: .*(broadcast|shape|aligned|mismatch)": "shapes-differ",
    r"IndexError": "index",
    r"ZeroDivisionError": "division-by-zero",
    r"RecursionError": "recursion",
    r"KeyError": "key",
    r"ValueError: high - low < 0": "range-reversed",
    r"EOFError": "input",
    r"BdbQuit": "breakpoint",
    r"ModuleNotFoundError": "module-missing",
    r"SystemExit": "exit",
    r"KeyboardInterrupt": "interrupted",
    r"MemoryError": "memory",
}


def advice(error: Error) -> str:
    """One or two sentences; a general one where nothing better is known."""
    if theirs := in_numpy(error):
        return theirs
    text = f"{error.type}: {error.message}"
    if (error.text or "").startswith("raise ") and error.type != "NotImplementedError":
        return say("own-raise")
    found = (key for pattern, key in ADVICE.items() if re.search(pattern, text))
    return say(next(found, "otherwise"))
