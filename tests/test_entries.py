"""A slip of the pen in an exercise's TOML files is told in one sentence, with file, entry and key."""

import shutil

import pytest

from course_lib.errors import CourseError
from course_lib.exercises import folders, mistakes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of two exercises and of what they share, to slip in."""
    for name in ("adam", "dropout"):
        shutil.copytree(folders.FOLDER / name, tmp_path / name)
    for path in folders.FOLDER.glob("_*.toml"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(folders, "FOLDER", tmp_path)
    monkeypatch.setattr(mistakes, "FORMS", tmp_path / mistakes.FORMS.name)
    forget()
    yield tmp_path
    forget()


def forget():
    for remembered in (folders.about, folders.find, folders.exercise_names):
        remembered.cache_clear()


VARIANT = "[[rate-keeps.variant]]"
SLIPS = {
    "an extra key": ("adam/exercise.toml", "unit =", "level = 1\nunit =", ["'level'", "unit"]),
    "a misspelt key": ("adam/exercise.toml", "textbook =", "texbook =", ["'texbook'", "textbook"]),
    "a missing key": ("adam/exercise.toml", "unit =", "# unit =", ["lacks unit"]),
    "no TOML": ("adam/exercise.toml", "points =", "points = =", ["no TOML", "line"]),
    "a word without a text": ("adam/exercise.toml", "[words]", '[words]\nidle = ""', ["idle"]),
    "a misspelt hint": ("dropout/mistakes.toml", "hint =", "hnit =", ["[rate-keeps]", "'hnit'", "hint"]),
    "a missing hint": ("dropout/mistakes.toml", "hint =", "# hint =", ["[rate-keeps]", "lacks hint"]),
    "a misspelt variant": (
        *("dropout/mistakes.toml", VARIANT, "[[rate-keeps.varaint]]"),
        ["[rate-keeps]", "'varaint'", "variant"],
    ),
    "words of a variant": (
        *("dropout/mistakes.toml", VARIANT, f'{VARIANT}\nsays = "x"'),
        ["[rate-keeps.variant]", "'says'", "edit"],
    ),
    "a key before all entries": (
        *("dropout/mistakes.toml", "[rate-keeps]", 'fomr = ["returns-none"]\n[rate-keeps]'),
        ["'fomr'", "outside of any entry"],
    ),
    "no such form": (
        *("dropout/mistakes.toml", "[rate-keeps]", '[rate-keeps]\nform = "retuns-none"'),
        ["[rate-keeps]", "'retuns-none'", "returns-none"],
    ),
    "no such word": (
        *("dropout/mistakes.toml", 'hint = "', 'hint = "{shaer}'),
        ["[rate-keeps]", "shaer"],
    ),
    "in a family": ("_optimizer_mistakes.toml", "\non =", "\nno =", ["'no'", "on"]),
    "in a form": ("_form.toml", "around =", "aruond =", ["'aruond'", "around"]),
    "no such style": ("adam/styled.toml", "[Lazy.eps-hat]", "[Lzay.eps-hat]", ["'Lzay'", "Lazy"]),
    "no such mistake": ("adam/styled.toml", "[Lazy.eps-hat]", "[Lazy.esp-hat]", ["[Lazy]", "'esp-hat'"]),
    "no such way": (
        *("adam/styled.toml", "[Lazy.eps-hat]\nedit", "[Lazy.eps-hat]\nedits"),
        ["[Lazy.eps-hat]", "'edits'", "edit"],
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "words"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_the_pen_is_told_with_its_place(folder, file, old, new, words):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    exercise = "dropout" if "dropout" in file else "adam"
    with pytest.raises(CourseError) as told:
        folders.find(exercise)
        folders.styled(exercise)
    sentence = str(told.value)
    assert "\n" not in sentence and all(word in sentence for word in words), sentence
    assert file.removesuffix("/mistakes.toml") in sentence


def test_without_a_slip_nothing_is_refused(folder):
    for exercise in ("adam", "dropout"):
        folders.find(exercise)
        assert folders.styled(exercise)
