"""An assignment with the ways of testing that public courses have, in three notebooks, and students' work.

`arrays`  asserts with a tolerance, helpers defined in other cells, hidden tests
`suites`  assertions of unittest, tests kept in files beside the notebook, partial credit
`written` what a human grades: text, code, a task
"""

from textwrap import indent

from small_course import cell

UNIT = "kinds"

# Files beside the notebooks: tests as data, as Otter keeps them, and what runs them.
FILES = {
    "total_tests.py": """\
test = {
    "name": "total",
    "suites": [
        {
            "cases": [
                {"code": ">>> total([1, 2, 3])\\n6"},
                {"code": ">>> total([])\\n0"},
                {"code": ">>> total([0.5]) == 0.5\\nTrue"},
            ],
        },
    ],
}
""",
    "running.py": """\
import doctest
import io
from importlib import import_module


def grade(name, names):
    parser, report = doctest.DocTestParser(), io.StringIO()
    for suite in import_module(f"{name}_tests").test["suites"]:
        for number, case in enumerate(suite["cases"]):
            example = parser.get_doctest(case["code"], dict(names), f"{name} {number}", None, None)
            doctest.DocTestRunner(verbose=False).run(example, out=report.write)
    if report.getvalue():
        raise AssertionError(report.getvalue())
""",
}

SHAPES = "x = np.arange(12.0).reshape(4, 3)\nassert standardise(x).shape == (4, 3)"
VALUES = """\
close(standardise(x).mean(axis=0), 0)
close(standardise(x)[0, 0], -1.3416407865)
### BEGIN HIDDEN TESTS
skewed = np.array([[1.0, 10.0], [2.0, 0.0], [6.0, 5.0]])
assert np.allclose(standardise(skewed).std(axis=0), 1, atol=1e-8)
### END HIDDEN TESTS"""
SLOPE = """\
def slope(f, a, step=1e-6):
    return (f(a + step) - f(a - step)) / (2 * step)

for a in (-1.0, 0.3, 2.0):
    assert abs(derivative(a) - slope(function, a)) < 1e-4, a"""
UNITTEST = """\
import unittest

case = unittest.TestCase()
case.assertEqual(words("to be or not"), ["be", "not", "or", "to"])
case.assertListEqual(words(""), [])
with case.assertRaises(TypeError):
    words(3)"""
PARTIAL = """\
right = [median([3, 1, 2]) == 2, median([1, 2, 3, 4]) == 2.5, median([5]) == 5]
sum(right) * 1.5"""


def given(name, source):
    return cell(name, "none", locked=True, source=source)


def asked(name, arguments, *lines):
    """A function to write, whose body students get without these lines."""
    body = "\n".join(("### BEGIN SOLUTION", *lines, "### END SOLUTION"))
    return cell(name, "solution", source=f"def {name}({arguments}):\n{indent(body, '    ')}")


def tested(name, points, source):
    return cell(name, "grade", points, locked=True, source=source)


CELLS = {
    "arrays": [
        given("imports", "import numpy as np"),
        given("close", "def close(a, b):\n    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)"),
        asked("standardise", "x", "return (x - x.mean(axis=0)) / x.std(axis=0)"),
        tested("standardise-shapes", 1, SHAPES),
        tested("standardise-values", 3, VALUES),
        given("function", "def function(a):\n    return np.sin(a) * a"),
        asked("derivative", "a", "return np.cos(a) * a + np.sin(a)"),
        tested("derivative-test", 2, SLOPE),
    ],
    "suites": [
        asked(
            "words", "text",
            "if not isinstance(text, str):", "    raise TypeError", "return sorted(text.split())",
        ),
        tested("words-test", 2, UNITTEST),
        asked("total", "numbers", "return sum(numbers)"),
        tested("total-test", 3, 'from running import grade\n\ngrade("total", globals())'),
        asked(
            "median", "numbers",
            "ordered, half = sorted(numbers), len(numbers) // 2",
            "return (ordered[half] + ordered[~half]) / 2",
        ),
        tested("median-test", 4.5, PARTIAL),
    ],
    "written": [
        cell("essay", "both", 4, source="Your answer.", markdown=True),
        cell("by-hand", "both", 5, source="### BEGIN SOLUTION\ny = 1\n### END SOLUTION"),
        cell(
            "task", "task", 6, locked=True, markdown=True,
            source="Draw.\n### BEGIN MARK SCHEME\nlines\n### END MARK SCHEME",
        ),
    ],
}  # fmt: skip

RIGHT = {
    "standardise": "def standardise(x):\n    return (x - np.mean(x, 0)) / np.std(x, 0)",
    "derivative": "def derivative(a):\n    return np.sin(a) + a * np.cos(a)",
    "words": "def words(text):\n    return sorted(str.split(text))",
    "total": "def total(numbers):\n    return sum(n for n in numbers)",
    "median": "import statistics\n\n\ndef median(numbers):\n    return statistics.median(numbers)",
    "essay": "Since the *variance* of a sum is…",
    "by-hand": "y = [n**2 for n in range(3)]\ny",
}
# Student → the answers, by the name of the cell. Who leaves one out has the stub.
STUDENTS = {
    "right": RIGHT,
    "untouched": {},
    "part": {
        **RIGHT,
        "standardise": "def standardise(x):\n    return (x - x.mean()) / x.std()",  # over the whole array
        "words": "def words(text):\n    return sorted(set(text.split()))",  # raises AttributeError
        "median": "def median(numbers):\n    return sorted(numbers)[len(numbers) // 2]",
    },
    "visible-only": {
        **RIGHT,
        "standardise": "def standardise(x):\n    return (x - x.mean(axis=0)) / x.std(axis=0)[0]",
        "derivative": "def derivative(a):\n    return round(float(np.sin(a) + a * np.cos(a)), 3)",
        "total": "def total(numbers):\n    return sum(numbers) or None",
        "by-hand": "raise SystemError",
    },
}
# The points of the cells that are graded without a human, in their order.
POINTS = {
    "right": (1, 3, 2, 2, 3, 4.5),
    "untouched": (0, 0, 0, 0, 0, 0),
    "part": (1, 0, 2, 0, 3, 3.0),
    "visible-only": (1, 0, 0, 2, 0, 4.5),
}
