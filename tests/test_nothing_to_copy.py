"""Nobody passes an exercise of 04 to 08 by copying from its assignment.

What that prints, in code spans, blocks, tables and formulas on a line, hints open or not, in contracts and in
the code that is given, has no line of the right program in it, whatever its names; and no expression of it is
an answer where it stands in place of the missing lines.
"""

import ast
import builtins
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks
from course_lib.exercises.folders import about, exercises_of, find, source
from course_lib.judging.findings import find_differences
from course_lib.judging.probe import play
from course_lib.judging.reading import Evidence, read

ROOT = Path(__file__).parents[1]
UNITS = ("04", "05", "06", "07", "08")
EXERCISES = [each.name for unit in UNITS for each in exercises_of(unit)]
OF_RUNS = ("capstone", "diagnose_runs", "clinic")
TRIVIAL = 1  # operation, call or comparison, such as x.mean(axis=0), that anybody may write
COMMON = ("np.mean(h**2)",)  # a mean square, of which all of 05 speaks
WORK = (ast.BinOp, ast.Call, ast.Compare, ast.UnaryOp, ast.Subscript, ast.comprehension)
AS_PYTHON = {"·": "*", "−": "-", "²": "**2", "³": "**3", "√(": "np.sqrt(", "≤": "<=", "≥": ">=", "←": "="}


def printed(name):
    """All pieces of the assignment that may be code, and the contract's. A broken program stands there to be
    read and mended; that it does not pass is tested below."""
    [path] = (ROOT / "assignments").glob(f"{about(name).unit}_*/*.ipynb")
    cells = notebooks.read(path).cells
    text = [cell.source for cell in cells if cell.cell_type == "markdown"]
    code = [cell.source for cell in cells if cell.cell_type == "code" and "def Broken" not in cell.source]
    return [*pieces("\n".join([*text, find(name).contract])), *code]


def pieces(text):
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", text)
    entries = re.split(r"[|\n]|\. |, and |: ", text)
    for old, new in AS_PYTHON.items():
        entries = [entry.replace(old, new) for entry in entries]
    return [*blocks, *spans, *(line for block in blocks for line in block.splitlines()), *entries]


def parsed(piece):
    try:
        return ast.parse(re.sub(r"^\s+", "", piece) if "\n" not in piece else piece)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def expressions(tree):
    kinds = ast.BinOp, ast.Call, ast.Compare, ast.Subscript, ast.DictComp, ast.ListComp, ast.Dict, ast.BoolOp
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def shape(expression):
    """The expression with its names numbered in their order: what is left when all are renamed."""
    names = {}

    class Numbered(ast.NodeTransformer):
        def visit_Name(self, node):
            known = node.id == "np" or hasattr(builtins, node.id)
            name = node.id if known else names.setdefault(node.id, f"_{len(names)}")
            return ast.Name(name, ast.Load())

        def visit_Attribute(self, node):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            return self.visit(ast.Name(node.attr)) if own else self.generic_visit(node)

    return ast.dump(Numbered().visit(ast.parse(ast.unparse(expression), mode="eval").body))


def work(expression):
    return sum(isinstance(node, WORK) for node in ast.walk(expression))


def solved(name):
    """The right program, and the numbers of its lines that students write."""
    right = source(about(name).right or name)
    inside, numbers = False, set()
    for number, line in enumerate(right.splitlines(), start=1):
        inside = (inside or "### BEGIN SOLUTION" in line) and "### END SOLUTION" not in line
        numbers |= {number} if inside else set()
    return right, numbers


def lines_of_the_answer(name):
    """What each line of it computes, beyond what is trivial, and what a broken program has already."""
    right, numbers = solved(name)
    broken = source(name, "broken.py") if about(name).repairs else ""
    given = {shape(each) for each in expressions(parsed(broken))}
    found = []
    for node in ast.walk(ast.parse(right)):
        if isinstance(node, ast.stmt) and node.lineno in numbers:
            value = next(
                (getattr(node, part) for part in ("value", "test", "iter") if hasattr(node, part)), None
            )
            found += value.elts if isinstance(value, ast.Tuple) else [value] if value else []
    return [part for part in found if work(part) > TRIVIAL and shape(part) not in given]


def copied(name, text):
    there = {shape(each) for piece in text for each in expressions(parsed(piece)) if work(each) > TRIVIAL}
    there -= {shape(ast.parse(common, mode="eval").body) for common in COMMON}
    return [ast.unparse(line) for line in lines_of_the_answer(name) if shape(line) in there]


def programs(name, text):
    """The right program with an expression of the text in place of each of its missing parts in turn, as far
    as the expression knows no other names than there are."""
    right, numbers = solved(name)
    whole, found = right.splitlines(), set()
    for head in ast.walk(ast.parse(right)):
        if (
            not isinstance(head, ast.FunctionDef)
            or head.lineno in numbers
            or head.body[0].lineno not in numbers
        ):
            continue
        # The other methods are what other exercises are about, and letter and proof are no line to be copied.
        if head.name in ("fault", "proof") or about(name).method not in ("", head.name):
            continue
        known = {argument.arg for argument in head.args.args} | {"np"} | vars(builtins).keys()
        for each in {ast.unparse(each) for piece in text for each in expressions(parsed(piece))}:
            names = [node for node in ast.walk(ast.parse(each)) if isinstance(node, ast.Name)]
            bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            if {node.id for node in names} <= known | bound:
                body = f"{' ' * (head.col_offset + 4)}return {each}"
                found.add("\n".join([*whole[: head.lineno], body, *whole[head.end_lineno :]]))
    return found


def passes(name, program):
    of = about(name)
    space = {"np": np}
    if of.repairs:
        exec(source(name, "broken.py"), space)
    exec(program, space)
    title = of.program.handed or of.program.title
    exercise = find(name)
    asked = exercise.cases(1)
    student = eval(title, space)
    came = [read(play(student, case.asked), case) for case in asked]
    right = answers(name)
    result = find_differences(exercise, asked, right, Evidence(came, []))
    return not any(result.findings)


@cache
def answers(name):
    exercise = find(name)
    return [read(play(exercise.reference, case.asked), case) for case in exercise.cases(1)]


@pytest.mark.parametrize("name", EXERCISES)
def test_no_line_of_the_answer_stands_in_the_assignment(name):
    assert not copied(name, printed(name))


# The others judge by many runs, which takes long, and no expression could answer them.
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXERCISES if name not in OF_RUNS])
def test_no_expression_of_the_text_is_an_answer(name):
    for program in programs(name, printed(name)):
        assert not passes(name, program), program


def test_what_is_planted_is_found():
    """In another order of spaces, with other names, as a formula or in a block: and as an answer, too."""
    for planted in (
        "So `x = np.exp( rng.uniform(np.log(a), np.log(b), n) )`.",
        "```\nreturn np.exp(rng.uniform(np.log(low),np.log(high),size))\n```",
        "| x | np.exp(rng.uniform(np.log(low), np.log(high), size)) |",
    ):
        assert copied("log_uniform", pieces(planted))
    assert copied("batchnorm_staged", pieces("| r |\n| 1 / √(v + ε) |"))
    answer = "`np.exp(rng.uniform(np.log(low), np.log(high), size))`"
    assert any(passes("log_uniform", program) for program in programs("log_uniform", pieces(answer)))


def test_each_exercise_has_lines_that_could_be_copied():
    lines = {name: len(lines_of_the_answer(name)) for name in EXERCISES}
    assert sum(lines.values()) > 90 and min(lines.values()) > 0, lines


def test_a_broken_search_is_no_answer_to_the_search_that_is_asked():
    space = {}
    exec(source("repair_random_search", "broken.py"), space)
    program = source("repair_random_search", "broken.py").replace("BrokenSearch", "random_search")
    assert not passes("random_search", program)
