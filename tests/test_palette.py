"""Every colour is seen on a light and on a dark page, and told from those that it meets."""

import inspect
import itertools
import json
import re
from pathlib import Path

import pytest
from colours import FAR, VISION, contrast, distance

from course_lib import optimizers, palette
from course_lib.explorers import EXPLORERS
from course_lib.explorers.explorer import Session
from course_lib.themed import LEANING

OPTIMIZERS = [name for name, _ in inspect.getmembers(optimizers, inspect.isclass)]
FILLING = {"HEAT", "PALE", "ON_PALE", "PAPER_INK"}  # maps, whose colours mean a height, and what lies on them
LIBRARY = Path(palette.__file__).parent
HEX = r"#[0-9a-fA-F]{6}\b"


def colours():
    """All of the palette, by the names under which they stand there."""
    for name, value in vars(palette).items():
        if name.isupper() and name not in FILLING:
            known = (
                value
                if isinstance(value, dict)
                else dict(enumerate([value] if isinstance(value, str) else value))
            )
            yield from ((f"{name} {key}", colour) for key, colour in known.items() if colour[0] == "#")


def test_none_of_the_palettes_colours_is_left_out_here():
    written = set(re.findall(HEX, Path(palette.__file__).read_text("utf-8")))
    filling = {*palette.HEAT, *palette.PALE, palette.ON_PALE, palette.PAPER_INK}
    assert written == {colour for _, colour in colours()} | filling


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_every_colour_shows_on_a_light_and_on_a_dark_page(page):
    assert {name: contrast(colour, page) for name, colour in colours() if contrast(colour, page) < 3} == {}


@pytest.mark.parametrize(("page", "ink"), [("#ffffff", "#1a1a1a"), ("#111111", "#e6e6e6")])
def test_words_in_a_colour_can_be_read_on_a_light_and_on_a_dark_page(page, ink):
    """In the page's ink they lean towards, as color-mix does; 4.5 is WCAG's for words (1.4.3)."""
    for name, colour in colours():
        mixed = [
            round((1 - LEANING) * int(colour[i : i + 2], 16) + LEANING * int(ink[i : i + 2], 16))
            for i in (1, 3, 5)
        ]
        assert contrast("#" + "".join(f"{part:02x}" for part in mixed), page) >= 4.5, name


def test_what_lies_on_a_map_is_seen_there():
    assert all(contrast(palette.ON_PALE, ground) >= 4.5 for ground in palette.PALE)
    assert all(distance(palette.MARK, ground) >= 2 * FAR for ground in palette.HEAT)


def test_what_has_a_name_has_a_colour_of_its_own():
    of_names = [*palette.COLOURS.values(), palette.YOURS, palette.YOURS_TOO, *palette.OTHERS]
    assert len(set(of_names)) == len(of_names)
    assert len(palette.COLOURS) == len(palette.METHODS) + len(palette.INITIALISERS) + len(palette.SPLITS)
    for one, other in itertools.combinations(of_names, 2):
        assert distance(one, other) >= 12, (one, other)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("role", ["optimisers", "INITIALISERS", "SPLITS", "OTHERS"])
def test_colours_of_one_role_can_be_told_apart(role, vision):
    if role == "optimisers":
        met = [palette.METHODS[name] for name in OPTIMIZERS]
    else:
        met = list(getattr(palette, role).values() if role != "OTHERS" else palette.OTHERS)
    for one, other in itertools.combinations(met, 2):
        assert distance(one, other, vision) >= FAR, (one, other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_readers_own_is_told_from_every_optimiser(name):
    assert distance(palette.YOURS, palette.METHODS[name]) >= FAR
    assert distance(palette.YOURS_TOO, palette.METHODS[name]) >= FAR


def test_colours_of_pictures_are_written_in_the_palette_only():
    makers = [*(LIBRARY / "explorers").glob("*.py"), LIBRARY / "plots.py", LIBRARY / "scene.py"]
    found = {path.name: re.findall(HEX, path.read_text("utf-8")) for path in makers}
    assert len(makers) > 20
    assert {name: those for name, those in found.items() if those} == {}


# How else a method is named. A run that is told by its η alone is one of plain descent.
NAMED = {"SGD": "SGD|descent|η", "AdamW": "AdamW|weight decay", "BatchNorm": "BatchNorm|batch normalisation"}


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_colour_of_a_method_is_seen_only_where_that_method_is_spoken_of(name):
    """In the picture, at its controls, or in what the explorer says of itself."""
    explorer = EXPLORERS[name]()
    scene = explorer.scene()
    layers = [layer for panel in scene.panels for layer in (*panel.backdrop, *panel.layers)]
    words = [
        scene.message,
        scene.alt,
        EXPLORERS[name].__doc__,
        json.dumps(Session(explorer).described(), ensure_ascii=False),
    ]
    words += [word for panel in scene.panels for word in (panel.title, panel.x.label, panel.y.label)]
    words += [getattr(layer, "label", "") + getattr(layer, "text", "") for layer in layers]
    seen = {getattr(layer, "colour", "") for layer in layers}
    used = {method for method, colour in palette.METHODS.items() if colour in seen}
    spoken = {
        method for method in used if re.search(NAMED.get(method, method), " ".join(words), re.IGNORECASE)
    }
    assert used == spoken
