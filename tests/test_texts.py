"""Sentences as data: read from beside the code, and from a translation."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from course_lib import texts
from course_lib.errors import CourseError

LIBRARY = Path(texts.__file__).parent
SPEAKS = re.compile(r"^say = texts\.beside\(__file__\)", re.MULTILINE)


def speaking():
    """Each module of the library that has texts of its own beside it."""
    return [path for path in sorted(LIBRARY.rglob("*.py")) if SPEAKS.search(path.read_text("utf-8"))]


def names(said, table=""):
    """All names under which a file has a text or a table of texts, and the table that each is in."""
    for key, value in said.items():
        name = f"{table}.{key}" if table else key
        yield name, table
        if isinstance(value, dict):
            yield from names(value, name)


@pytest.fixture
def greeting(tmp_path, monkeypatch):
    """A library of one file, and a folder for its translation."""
    monkeypatch.setattr(texts, "LIBRARY", tmp_path / "library")
    for folder in ("library", "xx"):
        (tmp_path / folder / "part").mkdir(parents=True)
    file = tmp_path / "library" / "part" / "greeting.py"
    file.with_suffix(".toml").write_text(
        'hello = "Hello, {name}: {loss:.2f}"\nbye = "Bye"\n[days]\none = "Monday"\ntwo = "Tuesday"\n'
    )
    return file


def test_a_text_is_found_by_its_name_and_filled_in(greeting):
    say = texts.beside(str(greeting))
    assert say("hello", name="Ada", loss=0.125) == "Hello, Ada: 0.12"
    assert say("days.two") == "Tuesday"
    assert say.all("days") == {"one": "Monday", "two": "Tuesday"}
    with pytest.raises(KeyError, match=r"greeting\.toml has no text 'days\.three'"):
        say("days.three")


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("the dγ is missing", "The dγ is missing"),
        ("step 3 returns None", "Step 3 returns None"),
        ("two layers, side by side", "Two layers, side by side"),
        ("dx, entry [0]: expected 1", "dx, entry [0]: expected 1"),
        ("dx is a text", "dx is a text"),
        ("θ is a text", "θ is a text"),
        ("fault() returns None", "fault() returns None"),
        ("running_mean, after 2 batches", "running_mean, after 2 batches"),
        ("update returns None", "update returns None"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_and_a_name_stays_as_it_is_in_the_code(text, begun):
    assert texts.begun(text, {"step", "update"}) == begun


def test_a_translation_takes_the_place_of_what_it_has(greeting, tmp_path, monkeypatch):
    (tmp_path / "xx" / "part" / "greeting.toml").write_text('bye = "Auf bald"\n[days]\ntwo = "Dienstag"\n')
    monkeypatch.setenv("COURSE_LANGUAGE", str(tmp_path / "xx"))
    say = texts.beside(str(greeting))
    assert say("bye") == "Auf bald"
    assert say.all("days") == {"one": "Monday", "two": "Dienstag"}
    assert say("hello", name="Ada", loss=1) == "Hello, Ada: 1.00"


def test_a_list_is_translated_item_by_item(greeting, tmp_path, monkeypatch):
    english = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]
    file = greeting.with_suffix(".json")
    file.write_text(json.dumps(english))
    (tmp_path / "xx" / "part" / "greeting.json").write_text(json.dumps([{"text": "eins"}, {}]))
    monkeypatch.setenv("COURSE_LANGUAGE", str(tmp_path / "xx"))
    assert texts.read(file) == [{"id": "a", "text": "eins"}, {"id": "b", "text": "two"}]


def test_a_language_that_is_not_there_is_said_in_one_sentence(greeting, monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "nowhere")
    with pytest.raises(CourseError, match=r"no folder .*nowhere: unset it for English"):
        texts.beside(str(greeting))("bye")


def test_a_file_that_cannot_be_read_is_named(greeting):
    greeting.with_suffix(".toml").write_text("hello = ")
    with pytest.raises(CourseError, match=r"greeting\.toml is no TOML"):
        texts.beside(str(greeting))("hello")


def test_each_text_is_there_and_each_is_said():
    """What a module says by a name written out has a text; and no text is left over: its name, or the table
    that it is in, stands in the module as a string."""
    for path in speaking():
        tree = ast.parse(path.read_text("utf-8"))
        strings = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        said = {
            call.args[0].value
            for call in calls
            if isinstance(call.func, ast.Name)
            and call.func.id == "say"
            and call.args
            and isinstance(call.args[0], ast.Constant)
        }
        have = dict(names(tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))))
        assert said <= have.keys(), f"{path.name} says what {path.stem}.toml does not have"
        reached = strings | {part.rstrip(".") for part in strings}
        left = {
            name
            for name, table in have.items()
            if name not in have.values() and name not in reached and table not in reached
        }
        assert not left, f"{path.stem}.toml has what {path.name} never says"


def test_the_book_says_what_its_words_have_and_all_of_it():
    book = LIBRARY.parent / "book"
    words = tomllib.loads((book / "words.toml").read_text("utf-8"))
    have = {name for name, _ in names(words)}
    files = [*book.glob("*.py"), *book.glob("templates/**/*.html")]
    asked = re.compile(r'say(?:\.all)?\(f?"([\w-]+)([.\w-]*)')
    said = {name for file in files for name in asked.findall(file.read_text("utf-8"))}
    assert {first + rest for first, rest in said if not rest.endswith(".")} <= have
    whole = {first for first, rest in said if rest in ("", ".")}  # a text, or any of a table
    assert {name for name in have if name not in words and name.partition(".")[0] not in whole} <= {
        first + rest for first, rest in said
    }
    assert set(words) <= {first for first, _ in said}
