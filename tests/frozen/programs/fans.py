"""Wrong fans."""

import math

from .entered import Entered
from .refusing import with_other_errors

wrong = Entered()


def right(shape):
    if len(shape) == 2:
        return shape
    if len(shape) == 4:
        height, width, channels_in, channels_out = shape
        return height * width * channels_in, height * width * channels_out
    raise ValueError(f"no fans are defined for {len(shape)} dimensions")


# Mistakes


@wrong("swapped")
def swapped(shape):
    return right(shape)[::-1]


@wrong("swapped")
def swapped_for_dense(shape):
    return right(shape)[::-1] if len(shape) == 2 else right(shape)


@wrong("swapped")
def swapped_for_kernels(shape):
    return right(shape)[::-1] if len(shape) == 4 else right(shape)


@wrong("pytorch-layout")
def pytorch_layout(shape):
    if len(shape) not in (2, 4):
        raise ValueError(shape)
    out, into, *window = shape
    return into * math.prod(window), out * math.prod(window)


@wrong("pytorch-layout")
def pytorch_layout_any_dimensions(shape):
    if len(shape) < 2:
        raise ValueError(shape)
    out, into, *window = shape
    return into * math.prod(window), out * math.prod(window)


@wrong("pytorch-layout")
def pytorch_layout_of_kernels(shape):
    return right(shape) if len(shape) != 4 else pytorch_layout(shape)


@wrong("pytorch-layout")
def channels_first(shape):
    return right(shape) if len(shape) != 4 else pytorch_layout(shape)[::-1]


@wrong("same-fan-twice")
def fan_in_twice(shape):
    fan_in, _ = right(shape)
    return right(shape) if len(shape) == 2 else (fan_in, fan_in)


@wrong("same-fan-twice")
def fan_out_twice(shape):
    _, fan_out = right(shape)
    return right(shape) if len(shape) == 2 else (fan_out, fan_out)


@wrong("channels-forgotten")
def channels_forgotten(shape):
    right(shape)
    return shape if len(shape) == 2 else (shape[0] * shape[1],) * 2


@wrong("bias-counted")
def bias_counted(shape):
    fan_in, fan_out = right(shape)
    return fan_in + 1, fan_out


@wrong("bias-counted")
def bias_counted_for_kernels(shape):
    return bias_counted(shape) if len(shape) == 4 else right(shape)


@wrong("window-forgotten")
def window_forgotten(shape):
    right(shape)
    return shape[-2], shape[-1]


@wrong("window-forgotten")
def first_two(shape):
    right(shape)
    return shape[0], shape[1]


@wrong("window-in-fan-in-only")
def window_in_fan_in_only(shape):
    fan_in, _ = right(shape)
    return fan_in, shape[-1]


@wrong("window-in-fan-out-only")
def window_in_fan_out_only(shape):
    _, fan_out = right(shape)
    return shape[-2], fan_out


@wrong("square-window")
def square_window(shape):
    right(shape)
    window = shape[0] ** 2 if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@wrong("square-window")
def square_window_by_width(shape):
    right(shape)
    window = shape[1] ** 2 if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@wrong("one-side-of-the-window")
def height_only(shape):
    right(shape)
    side = shape[0] if len(shape) == 4 else 1
    return side * shape[-2], side * shape[-1]


@wrong("one-side-of-the-window")
def one_side_each(shape):
    right(shape)
    return (shape[0] * shape[-2], shape[1] * shape[-1]) if len(shape) == 4 else shape


@wrong("one-side-of-the-window")
def width_only(shape):
    right(shape)
    side = shape[1] if len(shape) == 4 else 1
    return side * shape[-2], side * shape[-1]


@wrong("window-added")
def window_added(shape):
    right(shape)
    window = shape[0] + shape[1] if len(shape) == 4 else 1
    return window * shape[-2], window * shape[-1]


@wrong("everything-multiplied")
def everything_multiplied(shape):
    right(shape)
    return math.prod(shape), shape[-1]


@wrong("everything-multiplied")
def everything_multiplied_for_convolutions(shape):
    fans = right(shape)
    return fans if len(shape) == 2 else (math.prod(shape), shape[-1])


@wrong("everything-multiplied")
def all_but_one(shape):
    right(shape)
    return math.prod(shape[:-1]), math.prod(shape[1:])


@wrong("everything-multiplied")
def everything_twice_for_kernels(shape):
    return right(shape) if len(shape) == 2 else everything_twice(shape)


@wrong("everything-multiplied")
def everything_twice(shape):
    right(shape)
    return math.prod(shape), math.prod(shape)


@wrong("other-dimensions-accepted")
def any_dimensions(shape):
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


@wrong("other-dimensions-accepted")
def any_dimensions_and_none(shape):
    if len(shape) in (2, 4):
        return right(shape)


@wrong("other-dimensions-accepted")
def any_number_but_one(shape):
    if len(shape) < 2:
        raise ValueError(shape)
    return any_dimensions(shape)


@wrong("other-dimensions-accepted")
def two_or_else(shape):
    if len(shape) == 2:
        return right(shape)
    return shape[0] * shape[1] * shape[2], shape[0] * shape[1] * shape[-1]


@wrong("other-dimensions-accepted")
def first_and_last(shape):
    return right(shape) if len(shape) in (2, 4) else (shape[0], shape[-1])


_refusal, *_refusals = with_other_errors(right)

wrong("another-error")(_refusal)

for _refusal in _refusals:
    wrong("another-error")(_refusal)


@wrong("error-returned")
def error_returned(shape):
    return right(shape) if len(shape) in (2, 4) else ValueError("shape")


@wrong("error-returned")
def text_returned(shape):
    return right(shape) if len(shape) in (2, 4) else "ValueError"


@wrong("dense-only")
def dense_only(shape):
    if len(shape) != 2:
        raise ValueError(shape)
    return shape


@wrong("convolution-only")
def convolution_only(shape):
    if len(shape) != 4:
        raise ValueError(shape)
    return right(shape)


@wrong("one-number")
def one_number(shape):
    return right(shape)[0]


@wrong("one-number")
def mean_of_both(shape):
    return sum(right(shape)) / 2


@wrong("one-number")
def sum_of_both(shape):
    return sum(right(shape))


@wrong("returns-none")
def returns_none(shape):
    right(shape)


@wrong("returns-none")
def returns_none_for_all(shape):
    return None
