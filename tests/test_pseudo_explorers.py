"""All words of explorers are data: in a made-up language, none that they show stands outside its brackets.

The language is read when the library is imported, so one process of its own opens all explorers, and tells.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pseudo
import pytest
from sent import unpacked

from course_lib import explorers
from course_lib.exercises.folders import about, exercise_names, find, source
from course_lib.explorers import EXPLORERS, page
from course_lib.explorers.controls import Options, Switch
from course_lib.explorers.explorer import Session
from course_lib.explorers.side_by_side import side_by_side
from course_lib.judging.beside import first_seen
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

BOOK = Path(__file__).parents[1] / "book" / "static" / "living.js"
MISTAKES = 8  # of an exercise
# What of a scene no reader sees as words: all else that is a text is looked at, whatever it is called.
STRUCTURE = {
    *("kind", "colour", "colours", "palette", "shape", "mark", "align", "sets_x", "sets_y", "time"),
    *("turns", "pixels", "signs", "votes"),
}


def told():
    """Which texts have words outside, and how many there are: of each explorer, by its name, and of what is
    seen of each exercise's mistakes."""
    found = {name: left(walked(Session(make()))) for name, make in EXPLORERS.items()}
    for name in exercise_names():
        seen = at_work(name) if about(name).explorer else beside(name)
        found[f"{name}: mistakes"] = left(seen, own(name))
    return found


def left(shown, own=()):
    texts = set(shown)
    return [sorted(text for text in texts if pseudo.outside(text, own)), len(texts)]


def own(name):
    """What is a student's: the names in the code, of its method too, and what it answers in words."""
    method = find(name).method
    names = {about(name).title, broken.__name__} | ({method, method.capitalize()} if method else set())
    nodes = ast.walk(ast.parse(source(about(name).right or name)))
    return names | {
        each.value for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def walked(session):
    yield from shown(session)
    for name, control in session.controls.items():
        for value in values(control):
            session.take({name: value})
            yield from shown(session)
            session.take(session.starts)
        yield refusal(control.received, "?")
        yield refusal(session.take, {"?": 0})
    switches = [name for name, control in session.controls.items() if isinstance(control, Switch)]
    session.take(dict.fromkeys(switches, False))
    yield from shown(session)


def values(control):
    """All that can be chosen; of a slider, both ends."""
    if isinstance(control, Switch):
        return (False, True)
    return range(len(control.options)) if isinstance(control, Options) else (control.low, control.high)


def shown(session):
    for control in session.described():
        yield from (control["label"], *control.get("options", ()))
    front, backdrops = session.pictured()
    for packed in (front, *backdrops):
        yield from strings(unpacked(packed))


def strings(part):
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from strings(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            if name not in STRUCTURE:
                yield from strings(each)


def refusal(refuses, given):
    """What a refusal says."""
    with pytest.raises(ValueError) as refused:
        refuses(given)
    return str(refused.value)


def at_work(name):
    """A student's code in its explorer: a mistake that is often made, and code that ends with an error."""
    explorer = about(name).explorer
    for made in (find(name).misconceptions[0].variants[0](), broken):
        opened = getattr(explorers, explorer.name)(**{explorer.own: made}, **explorer.starts)
        yield from shown(Session(opened))


def beside(name):
    """Answers beside the right ones, of mistakes that are often made."""
    exercise = find(name)
    cases = exercise.cases(0)
    for mistake in exercise.misconceptions[:MISTAKES]:
        result = verdict(exercise, cases, probe(mistake.variants[0](), [case.asked for case in cases])).result
        if pairs := first_seen(exercise, result):
            yield from shown(Session(side_by_side(pairs)))


def broken(*_, **__):
    raise ArithmeticError("!")


@pytest.fixture(scope="module")
def translated(tmp_path_factory):
    """What `told` returns in the made-up language, and the page's script."""
    language = pseudo.translate(tmp_path_factory.mktemp("language"))
    code = "import json, test_pseudo_explorers as here; print(json.dumps([here.told(), here.page.SCRIPT]))"
    surroundings = os.environ | {"COURSE_LANGUAGE": str(language), "PYTHONPATH": str(Path(__file__).parent)}
    ran = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True)
    assert not ran.returncode, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.slow  # every explorer is made to speak
def test_all_that_explorers_show_comes_from_data(translated):
    found, _ = translated
    assert {name: outside for name, (outside, _) in found.items() if outside} == {}
    assert all(found[name][1] > len(make().controls) for name, make in EXPLORERS.items())


@pytest.mark.slow
def test_what_the_page_says_comes_from_data(translated):
    """Its words reach the script, and no script has others where a reader would see or hear them."""
    _, script = translated
    words = page.say.all("words")
    assert all(f"⟦{word}⟧" in script for word in words.values())
    scripts = page.SCRIPT.partition("\n")[2] + BOOK.read_text("utf-8")
    assert set(re.findall(r'say\("([\w-]+)"', scripts)) <= words.keys()
    told = r'(?:aria-label|aria-valuetext|title|alt|textContent|innerHTML)"?[:=, ]+["`]([^"`\n]*)["`]'
    literal = [re.sub(r"\$\{[^}]*\}", "", each) for each in re.findall(told, scripts)]
    assert [each for each in literal if pseudo.outside(each)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("⟦Loss of ⟦Adam⟧⟧ 0.1 (η = 10⁻³)", []),
        ("⟦Loss⟧ in nats", ["in", "nats"]),
        ("λ_max, log(x), self.m, float64, Adam, ŷ, ηλ, 1e-05, no", ["no"]),
        ("", []),
    ],
)
def test_words_outside_of_brackets_are_told_from_names_and_formulas(text, words):
    assert pseudo.outside(text) == words
