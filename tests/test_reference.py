"""The page to look things up in is made from docstrings and lectures, and says all that they do."""

import re
from pathlib import Path

import pytest

from course_lib import home, losses, optimizers, reference
from course_lib.reference import TEXTBOOK

ROOT = Path(__file__).resolve().parents[1]
FORMULAS = [formula for module in TEXTBOOK.values() for formula in reference.formulas(module)]


def test_the_page_is_up_to_date():
    path = ROOT / home.REFERENCE
    assert path.read_text(encoding="utf-8") == reference.page(ROOT), "'course tidy' makes it anew"


def test_every_optimiser_and_every_loss_has_a_formula_and_its_source():
    for module in (optimizers, losses):
        public = [
            name for name, each in vars(module).items() if getattr(each, "__module__", "") == module.__name__
        ]
        assert [formula.name for formula in reference.formulas(module)] == public
    assert all(formula.source for formula in reference.formulas(optimizers))


def test_adams_formula_has_its_letters():
    (adam,) = (formula for formula in FORMULAS if formula.name == "Adam")
    assert adam.letters == ["m", "β₁", "g", "v", "β₂", "θ", "η", "m̂", "v̂", "ε", "t"]
    assert "θ ← θ − η m̂ / (√v̂ + ε)" in adam.rule
    assert adam.source == "Kingma & Ba (2015), Algorithm 1."


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_each_letter_of_a_formula_is_in_the_notation(formula):
    """A letter stands alone, with an index, a hat or a power; words such as fan_in say what they are."""
    tokens = reference.tokens(formula.rule)
    letters = {token for token in tokens if len(token.rstrip("\u0302₀₁₂").partition("_")[0]) == 1}
    assert letters <= reference.notation().keys()


def test_each_letter_of_the_notation_is_in_a_formula():
    used = {letter for formula in FORMULAS for letter in formula.letters}
    assert used == reference.notation().keys()


def test_what_is_bold_for_another_reason_is_still_bold_somewhere():
    emphasis = (reference.DATA / "emphasis.txt").read_text(encoding="utf-8").splitlines()
    lectures = (ROOT / "notebooks").glob("*.ipynb")
    assert set(emphasis) <= {word.lower() for lecture in lectures for word, _ in reference.bold(lecture)}
    assert emphasis == sorted(emphasis)


def test_words_come_with_the_unit_that_introduces_them():
    units = {word.word: word.unit[:2] for word in reference.words(ROOT)}
    expected = {
        "neuron": "00",
        "momentum": "01",
        "bias correction": "02",
        "overfitting": "03",
        "fan-in": "05",
    }
    assert expected.items() <= units.items()
    assert len(units) > 80


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / home.REFERENCE).read_text(encoding="utf-8"))
    for target in targets:
        assert "://" in target or target.startswith("#") or (ROOT / "docs" / target).is_file(), target
