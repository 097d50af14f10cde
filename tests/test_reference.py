"""The page to look things up in is made from docstrings and lectures, and says all that they do."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from course_lib import home, initializers, layers, losses, notebooks, optimizers, reference
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


def test_each_optimiser_initialiser_and_layer_says_what_pytorch_has_for_it():
    """What the values of PyTorch that ours are held against were made with, where there are such values."""
    made = (ROOT / "tests/goldens/make_goldens.py").read_text(encoding="utf-8")
    for module in (optimizers, initializers, layers):
        for formula in reference.formulas(module):
            code = re.findall(r"`([^`]+)`", formula.pytorch)[0]
            assert "torch." in code, formula.name
            if module is not initializers and formula.name != "GaussianNoise":
                assert code.partition("(")[0] + "(" in made
                assert all(keyword in made for keyword in re.findall(r"(\w+)=", code))
    assert "`torch.optim.RMSprop(params, lr=η, alpha=ρ, eps=ε)`" in reference.page(ROOT)


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
    assert set(emphasis) <= {
        word.word.lower() for page in reference.pages(ROOT) for word in reference.bold(page)
    }
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


def test_every_unit_stands_there_in_short():
    """Each of the path's lines between the two headings, in the order of the units."""
    text = (ROOT / home.REFERENCE).read_text(encoding="utf-8").partition("## Formulas")[0]
    units = text.split("\n### ")[1:]
    paths = sorted((ROOT / "notebooks").glob("0*.ipynb"))
    assert len(units) == len(paths) == 9
    for path, unit in zip(paths, units, strict=True):
        written = "\n\n".join(cell.source for cell in notebooks.read(path).cells)
        [lines] = re.findall(r"## In short\n(.*?)\*\*Pitfalls", written, re.DOTALL)
        assert f"(../notebooks/{path.name})" in unit.splitlines()[0]
        assert [line.partition("](")[0] for line in unit.splitlines()[1:] if line] == [
            line.partition("](")[0] for line in lines.splitlines() if line
        ]


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / home.REFERENCE).read_text(encoding="utf-8"))
    for target in targets:
        file = ROOT / "docs" / target.partition("#")[0]
        assert "://" in target or target.startswith("#") or file.is_file(), target


def test_a_word_that_a_claim_introduces_comes_after_its_path_and_leads_there(tmp_path):
    texts = {
        "01_first.ipynb": "Here a **valley** is what [the claim](claims/01_first.ipynb#Which?) says.",
        "02_second.ipynb": "A **ridge** is what lies between [two](01_first.ipynb) valleys.",
        "claims/01_first.ipynb": "A **ridge** is told of in [the path](../01_first.ipynb) or here. "
        "A **valley** is told of too.",
    }
    (tmp_path / "notebooks" / "claims").mkdir(parents=True)
    for name, text in texts.items():
        notebook = notebooks.tidy(new_notebook(cells=[new_markdown_cell(text, id="one")]))
        (tmp_path / "notebooks" / name).write_bytes(notebooks.to_bytes(notebook))
    assert [(word.word, word.unit, word.place) for word in reference.words(tmp_path)] == [
        ("ridge", "01", "claims/01_first.ipynb"),
        ("valley", "01", "01_first.ipynb"),
    ]
    ridge, valley = reference.page(tmp_path).splitlines()[-3::2]
    assert ridge == (
        "**ridge** ([01](../notebooks/claims/01_first.ipynb)): "
        "A ridge is told of in [the path](../notebooks/01_first.ipynb) or here."
    )
    assert "(../notebooks/claims/01_first.ipynb#Which?)" in valley
