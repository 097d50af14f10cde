"""A mistake as an edit of the right program: where it fits, what becomes of it, and what is refused."""

import numpy as np
import pytest

from course_lib.judging.edits import NoSuchPlace, Program, Wrong

SOURCE = """\
import numpy as np


class Counter:
    def __init__(self, start=0):
        self.total = start

    def step(self, by, times=1):
        self.total = self.total + by * times
        return np.sqrt(self.total) + 1


def twice(x):
    return 2 * x
"""
COUNTER = Program(SOURCE, "Counter", "step")
TWICE = Program(SOURCE, "twice")


def result(wrong, *more):
    return COUNTER.changed(wrong, *more).answer()(7).step(1, 2)


def test_the_right_program_is_as_it_is_written_and_made_anew_each_time():
    assert COUNTER.answer()(7).step(1, 2) == 4
    assert COUNTER.answer() is not COUNTER.answer()


@pytest.mark.parametrize(
    ("edit", "value"),
    [
        ("by * times → by", 8**0.5 + 1),
        ("by*times → by", None),  # blanks matter only where there are some
        ("np.sqrt(…) + 1 → np.sqrt(… + 1)", 10**0.5),
        ("2 × self.total + → total +", None),  # it is there once
        ("self.total = self.total + by * times return → return", 7**0.5 + 1),
        ("self.total = self.total → total = self.total", 7**0.5 + 1),
        ("total → sum", None),  # more than once
        ("tot → sum", None),  # no whole word
        ("4 × total → sum", 4),
        ("return np.sqrt(…) + 1 → \nif times:\n    return …\nreturn 0", 9),
        ("return np.sqrt(…) + 1 →", "None"),
    ],
)
def test_an_edit_fits_once_or_as_often_as_it_says(edit, value):
    if value is None:
        with pytest.raises(NoSuchPlace, match="is found"):
            result(Wrong((edit,)))
    elif value == "None":
        assert result(Wrong((edit,))) is None
    else:
        np.testing.assert_allclose(result(Wrong((edit,))), value)


def test_an_edit_without_an_arrow_is_refused_in_a_sentence():
    with pytest.raises(NoSuchPlace, match="this has no arrow"):
        result(Wrong(("by * times",)))


def test_edits_go_together_where_they_change_different_words_of_one_line():
    inside, doubled = (
        Wrong(("np.sqrt(…) + 1 → np.sqrt(… + 1)",)),
        Wrong(("return np.sqrt → return 2 * np.sqrt",)),
    )
    np.testing.assert_allclose(result(inside, doubled), 2 * 10**0.5)
    np.testing.assert_allclose(result(doubled, inside), 2 * 10**0.5)


def test_edits_that_change_the_same_words_are_refused():
    with pytest.raises(NoSuchPlace, match="the same place"):
        result(Wrong(("by * times → by",)), Wrong(("by * times → by * 3",)))
    with pytest.raises(NoSuchPlace, match="the same place"):
        result(Wrong(("by * times → by * times + 1",)), Wrong(("by * times → by * times * 2",)))


def test_what_is_put_around_calls_the_right_one():
    assert result(Wrong(around="return right(*given) + 1")) == 5
    assert result(Wrong(around="return right(by, 9)")) == 5
    assert TWICE.changed(Wrong(around="return [right(*given)]")).answer()(3) == [6]
    started = Wrong(around="right(*given)\nself.total += 2", of="__init__")
    assert result(started) == 11**0.5 + 1
    with pytest.raises(NoSuchPlace, match="no function backward"):
        result(Wrong(around="return 0", of="backward"))


def test_an_edit_and_what_is_around_go_together():
    assert result(Wrong(("by * times → by",)), Wrong(around="return int(right(*given))")) == 3


def test_a_program_stands_behind_the_right_one_and_in_its_place():
    assert TWICE.changed(Wrong(program="def twice(x):\n    return x")).answer()(3) == 3
    assert (
        result(Wrong(program="class Counter(Counter):\n    def step(self, *_):\n        return self.total"))
        == 7
    )


def test_what_one_keeps_on_its_class_no_other_one_sees():
    kept = Wrong(("self.total = start → type(self).total = start",))
    first, second = COUNTER.changed(kept).answer(), COUNTER.changed(kept).answer()
    first(5)
    assert not hasattr(second, "total")
