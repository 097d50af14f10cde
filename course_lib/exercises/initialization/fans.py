"""The exercise `fans`: how many inputs a unit adds up, and how many units an input feeds."""

# mypy: no-check-untyped-defs

import math

import numpy as np

from course_lib.exercises.initialization.refusing import with_other_errors
from course_lib.judging.cases import Case
from course_lib.judging.catalogue import Catalogue
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode
from course_lib.judging.exercise import Exercise
from course_lib.judging.observing import Observation
from course_lib.judging.reading import Event

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


def right(shape):
    if len(shape) == 2:
        return shape
    if len(shape) == 4:
        height, width, channels_in, channels_out = shape
        return height * width * channels_in, height * width * channels_out
    raise ValueError(f"no fans are defined for {len(shape)} dimensions")


# Cases


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def case(name: str, *shapes: tuple[int, ...], **marks: bool) -> Case:
        calls = [{"call": "fans", "arguments": {"shape": encode(shape)}} for shape in shapes]
        return Case.of(name, calls, shown=tuple(f"the call fans({shape})" for shape in shapes), about=marks)

    # Sizes that have no factor in common, so that a wrong product is never the right number.
    a, b, c, d = (int(n) for n in rng.permuted([5, 7, 11, 13]))
    return [
        case("a dense layer", (a, b), (c, d)),
        case("a layer of one unit, and of one input", (a, 1), (1, a)),
        case("a convolution", (3, 3, c, d)),
        case("a kernel that is no square", (2, 3, a, b), (4, 1, c, d)),
        case("a convolution of size 1", (1, 1, c, d)),
        # Who refuses everything is told from who refuses what is to be refused.
        case("one dimension", (a, b), (a,), refuses=True),
        case("three dimensions", (c, d), (3, c, d), refuses=True),
        case("five dimensions", (3, 3, c, d), (3, 3, 3, c, d), refuses=True),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        shape = tuple(call["arguments"]["shape"]["tuple"])
        pair = _pair(event.returned)
        if pair is None:
            got = described(event.returned)
            says = f"The call fans({shape}) returns {got}; asked are two numbers, (fan_in, fan_out)."
            return [Observation("fans", got, says, index)]
        if index > 0 or "refuses" not in case.about:
            for name, fan in zip(("fan_in", "fan_out"), pair, strict=True):
                seen.append(Observation(f"for the shape {shape}, {name}", fan, event=index))
    return [Observation("fans", "two numbers"), *seen]


def _pair(returned):
    """Two whole numbers, of whatever type."""
    if isinstance(returned, np.ndarray) and returned.dtype.kind in "iuf":
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return None
    numbers = all(isinstance(n, int | float | np.ndarray) and np.ndim(n) == 0 for n in returned)
    return tuple(float(n) for n in returned) if numbers else None


# Mistakes


@mistake(
    "swapped",
    "fan_in and fan_out have changed places, for a dense weight, for a kernel, or for both.",
    "W is (fan_in, fan_out), and x @ W has a row for each example: how many inputs has a layer with W of "
    "shape (3, 5)?",
)
def swapped(shape):
    return right(shape)[::-1]


@variant("swapped")
def swapped_for_dense(shape):
    return right(shape)[::-1] if len(shape) == 2 else right(shape)


@variant("swapped")
def swapped_for_kernels(shape):
    return right(shape)[::-1] if len(shape) == 4 else right(shape)


@mistake(
    "pytorch-layout",
    "The shapes are read as (out, in, height, width). That is known as PyTorch's layout; in ours, the "
    "channels come last: (height, width, channels_in, channels_out), and a dense W is (fan_in, fan_out).",
    "Which entry of the shape (3, 3, 16, 32) is the number of input channels?",
    convention=True,
)
def pytorch_layout(shape):
    if len(shape) not in (2, 4):
        raise ValueError(shape)
    out, into, *window = shape
    return into * math.prod(window), out * math.prod(window)


@variant("pytorch-layout")
def pytorch_layout_any_dimensions(shape):
    if len(shape) < 2:
        raise ValueError(shape)
    out, into, *window = shape
    return into * math.prod(window), out * math.prod(window)


@variant("pytorch-layout")
def pytorch_layout_of_kernels(shape):
    return right(shape) if len(shape) != 4 else pytorch_layout(shape)


@variant("pytorch-layout")
def channels_first(shape):
    return right(shape) if len(shape) != 4 else pytorch_layout(shape)[::-1]


@mistake(
    "same-fan-twice",
    "For a kernel, fan_in and fan_out come out as the same number: the same channels are counted in both.",
    "Which channels does an output add up, and into which does an input go?",
)
def fan_in_twice(shape):
    fan_in, _ = right(shape)
    return right(shape) if len(shape) == 2 else (fan_in, fan_in)


@variant("same-fan-twice")
def fan_out_twice(shape):
    _, fan_out = right(shape)
    return right(shape) if len(shape) == 2 else (fan_out, fan_out)


@mistake(
    "channels-forgotten",
    "For a kernel, the window alone is counted, height times width. Each channel has such a window.",
    "A 3 × 3 kernel on 16 channels: how many numbers are multiplied and added for one output?",
)
def channels_forgotten(shape):
    right(shape)
    return shape if len(shape) == 2 else (shape[0] * shape[1],) * 2


@mistake(
    "bias-counted",
    "fan_in is one too large, as if the bias were an input. It counts the inputs alone.",
    "By what is a bias multiplied in a layer?",
)
def bias_counted(shape):
    fan_in, fan_out = right(shape)
    return fan_in + 1, fan_out


@variant("bias-counted")
def bias_counted_for_kernels(shape):
    return bias_counted(shape) if len(shape) == 4 else right(shape)


@mistake(
    "window-forgotten",
    "For a convolution, the channels alone are counted. A unit adds up the whole window, height times width, "
    "of each channel.",
    "A 3 × 3 kernel on one channel: how many numbers are multiplied and added for one output?",
)
def window_forgotten(shape):
    right(shape)
    return shape[-2], shape[-1]


@variant("window-forgotten")
def first_two(shape):
    right(shape)
    return shape[0], shape[1]


@mistake(
    "window-in-fan-in-only",
    "fan_in is right, but fan_out counts the channels alone. An input, too, takes part in a whole window of "
    "outputs.",
    "A 3 × 3 kernel moves over the picture. In how many of its positions does it touch one pixel?",
)
def window_in_fan_in_only(shape):
    fan_in, _ = right(shape)
    return fan_in, shape[-1]


@mistake(
    "window-in-fan-out-only",
    "fan_out is right, but fan_in counts the channels alone. A unit adds up the whole window, height times "
    "width, of each channel.",
    "A 3 × 3 kernel on one channel. How many numbers are multiplied and added for one output?",
)
def window_in_fan_out_only(shape):
    _, fan_out = right(shape)
    return shape[-2], fan_out


@mistake(
    "square-window",
    "The window is taken for a square: one of its two sides is used twice.",
    "How many entries has a kernel of height 2 and width 3?",
)
def square_window(shape):
    right(shape)
    window = shape[0] ** 2 if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@variant("square-window")
def square_window_by_width(shape):
    right(shape)
    window = shape[1] ** 2 if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@mistake(
    "one-side-of-the-window",
    "Only one side of the window is counted, its height or its width.",
    "How many entries has a kernel of height 2 and width 3? Which of them do you count?",
)
def height_only(shape):
    right(shape)
    side = shape[0] if len(shape) == 4 else 1
    return side * shape[-2], side * shape[-1]


@variant("one-side-of-the-window")
def one_side_each(shape):
    right(shape)
    return (shape[0] * shape[-2], shape[1] * shape[-1]) if len(shape) == 4 else shape


@variant("one-side-of-the-window")
def width_only(shape):
    right(shape)
    side = shape[1] if len(shape) == 4 else 1
    return side * shape[-2], side * shape[-1]


@mistake(
    "window-added",
    "Height and width are added, where they should be multiplied.",
    "How many entries has a kernel of height 2 and width 5?",
)
def window_added(shape):
    right(shape)
    window = shape[0] + shape[1] if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@mistake(
    "everything-multiplied",
    "fan_in is the number of all weights in the kernel. Those that belong to another output channel are not "
    "inputs of the same unit.",
    "One unit belongs to one output channel. Which entry of the shape should its fan_in not depend on?",
)
def everything_multiplied(shape):
    right(shape)
    return math.prod(shape), shape[-1]


@variant("everything-multiplied")
def everything_multiplied_for_convolutions(shape):
    fans = right(shape)
    return fans if len(shape) == 2 else (math.prod(shape), shape[-1])


@variant("everything-multiplied")
def all_but_one(shape):
    right(shape)
    return math.prod(shape[:-1]), math.prod(shape[1:])


@variant("everything-multiplied")
def everything_twice_for_kernels(shape):
    return right(shape) if len(shape) == 2 else everything_twice(shape)


@variant("everything-multiplied")
def everything_twice(shape):
    right(shape)
    return math.prod(shape), math.prod(shape)


@mistake(
    "other-dimensions-accepted",
    "Shapes with other than 2 or 4 dimensions get an answer, though there is none in the contract. A guess "
    "goes unnoticed; a ValueError does not.",
    "What should happen with fans((3, 3))? And with fans((3, 3, 3))?",
)
def any_dimensions(shape):
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


@variant("other-dimensions-accepted")
def any_dimensions_and_none(shape):
    if len(shape) in (2, 4):
        return right(shape)


@variant("other-dimensions-accepted")
def any_number_but_one(shape):
    if len(shape) < 2:
        raise ValueError(shape)
    return any_dimensions(shape)


@variant("other-dimensions-accepted")
def two_or_else(shape):
    if len(shape) == 2:
        return right(shape)
    return shape[0] * shape[1] * shape[2], shape[0] * shape[1] * shape[-1]


@variant("other-dimensions-accepted")
def first_and_last(shape):
    return right(shape) if len(shape) in (2, 4) else (shape[0], shape[-1])


_refusal, *_refusals = with_other_errors(right)
mistake(
    "another-error",
    "For shapes that have no fans an error is raised, but not the one in the contract, a ValueError: who "
    "catches that one does not catch yours.",
    "Which error does int('x') raise, and which one an index that is out of range?",
)(_refusal)
for _refusal in _refusals:
    variant("another-error")(_refusal)


@mistake(
    "error-returned",
    "For shapes that have no fans the error is returned, or a text, where it should be raised.",
    "Which word hands out an error in Python?",
)
def error_returned(shape):
    return right(shape) if len(shape) in (2, 4) else ValueError("shape")


@variant("error-returned")
def text_returned(shape):
    return right(shape) if len(shape) in (2, 4) else "ValueError"


@mistake(
    "dense-only",
    "Dense weights are treated correctly, but convolution kernels are refused.",
    "Which two numbers of dimensions are there in the contract?",
)
def dense_only(shape):
    if len(shape) != 2:
        raise ValueError(shape)
    return shape


@mistake(
    "convolution-only",
    "Convolution kernels are treated correctly, but a dense layer's weights are refused.",
    "Which two numbers of dimensions are there in the contract? Which does your code know?",
)
def convolution_only(shape):
    if len(shape) != 4:
        raise ValueError(shape)
    return right(shape)


@mistake(
    "one-number",
    "A single number comes back. Asked are two, fan_in and fan_out.",
    "What would `fan_in, fan_out = fans(shape)` do with what you return?",
)
def one_number(shape):
    return right(shape)[0]


@variant("one-number")
def mean_of_both(shape):
    return sum(right(shape)) / 2


@variant("one-number")
def sum_of_both(shape):
    return sum(right(shape))


@mistake(
    "returns-none",
    "The function returns None: what it computes is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(shape):
    right(shape)


@variant("returns-none")
def returns_none_for_all(shape):
    return None


def suggest(result):
    """Which kind of shape goes wrong."""
    pairs = zip(result.cases, result.got, strict=True)
    if any(seen and seen[0].value != "two numbers" for seen in (observe(*pair) for pair in pairs)):
        return None  # what comes back is told by itself
    pairs = zip(result.cases, result.differences, strict=True)
    values = [difference for case, difference in pairs if "refuses" not in case.about]
    if not any(values):
        return "other-dimensions-accepted", (
            "Dense weights and convolution kernels are right; other shapes are not refused, or not with a "
            "ValueError."
        )
    if any(values[:2]):
        return None, "A dense weight has the shape (fan_in, fan_out): for it, there is nothing to compute."
    return None, (
        "Dense weights are right, convolution kernels are not. Draw a 3 × 2 kernel on a picture with one "
        "channel: how many numbers enter one output, and in how many outputs does one pixel take part?"
    )


EXERCISES = {
    "fans": Exercise(
        name="fans",
        title="fans",
        contract="Asked is fans(shape), which returns (fan_in, fan_out), or raises ValueError.",
        method="",
        defaults={},
        cases=cases,
        reference=right,
        misconceptions=MISTAKES.misconceptions(),
        observe=observe,
        suggest=suggest,
    )
}
