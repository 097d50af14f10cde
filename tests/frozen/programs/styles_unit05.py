"""Unit 05, as handed to the checks: right programs and others."""

import math
from statistics import NormalDist

import numpy as np

from .initializer_parts import ALL


def by_cases(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) == 4:
        height, width, channels_in, channels_out = shape
        return height * width * channels_in, height * width * channels_out
    raise ValueError(f"2 or 4 dimensions, not {len(shape)}")


def by_product(shape):
    if len(shape) not in {2, 4}:
        raise ValueError("dense or convolution")
    window = np.prod(shape[:-2], dtype=int)
    return window * shape[-2], window * shape[-1]


def by_match(shape):
    match tuple(shape):
        case (fan_in, fan_out):
            return fan_in, fan_out
        case (height, width, into, out):
            return [height * width * into, height * width * out]
    raise ValueError(shape)


def by_unpacking(shape):
    if len(shape) == 2:
        return shape
    height, width, into, out = shape  # raises ValueError for other lengths
    return math.prod((height, width, into)), math.prod((height, width, out))


def by_loop(shape):
    if len(shape) not in (2, 4):
        raise ValueError
    window = 1
    for side in shape[:-2]:
        window *= side
    *_, into, out = shape
    return np.int32(into * window), float(out * window)


def by_array(shape):
    shape = np.asarray(shape)
    if shape.size != 2 and shape.size != 4:
        raise ValueError("no fans")
    return tuple(shape[-2:] * shape[:-2].prod())


def by_recursion(shape):
    if len(shape) == 2:
        fan_in, fan_out = shape
        return fan_in, fan_out
    if len(shape) == 4:
        side, *rest = shape
        other, into, out = rest
        fan_in, fan_out = by_recursion((into, out))
        return side * other * fan_in, side * other * fan_out
    raise ValueError("neither a matrix nor a kernel", shape)


def by_padding(shape):
    padded = {2: (1, 1, *shape), 4: shape}.get(len(shape))
    if padded is None:
        raise ValueError(f"{shape} has {len(shape)} dimensions")
    return np.array([math.prod(padded[:3]), math.prod(padded[:2]) * padded[3]])


def by_division(shape):
    if len(shape) in (2, 4):
        total = math.prod(shape)
        return total // shape[-1], total // shape[-2]
    raise ValueError("2 or 4 dimensions")


def by_reduce(shape):
    from functools import reduce
    from operator import mul

    if len(shape) == 3 or not 2 <= len(shape) <= 4:
        raise ValueError
    window = reduce(mul, shape[:-2], 1)
    return tuple(window * channels for channels in shape[-2:])


def by_own_error(shape):
    class WrongShape(ValueError):
        pass

    dimensions = len(list(shape))
    if dimensions == 2:
        return tuple(shape)
    if dimensions != 4:
        raise WrongShape(dimensions)
    h, w, c, k = map(int, shape)
    return h * w * c, h * w * k


def by_dummy_array(shape):
    weights = np.empty(shape)
    if weights.ndim not in (2, 4):
        raise ValueError(f"cannot tell the fans of {weights.ndim} dimensions")
    return weights[..., 0].size, weights[..., 0, :].size


def variance(name, fan_in, fan_out):
    return 2 / fan_in if name.startswith("he") else 2 / (fan_in + fan_out)


def styles(name):
    """Right initialisers of one name."""
    normal = name.endswith("normal")

    def size(fan_in, fan_out):
        v = variance(name, fan_in, fan_out)
        return math.sqrt(v if normal else 3 * v)

    def direct(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        return rng.normal(0, a, (fan_in, fan_out)) if normal else rng.uniform(-a, a, size=(fan_in, fan_out))

    def scaled(fan_in, fan_out, rng):
        unit = rng.standard_normal((fan_in, fan_out)) if normal else 2 * rng.random((fan_in, fan_out)) - 1
        unit *= size(fan_in, fan_out)
        return unit

    def loops(fan_in, fan_out, rng):
        a, rows = size(fan_in, fan_out), []
        for _ in range(fan_in):
            rows.append([rng.normal(0, a) if normal else rng.uniform(-a, a) for _ in range(fan_out)])
        return np.array(rows)

    def column_by_column(fan_in, fan_out, rng):
        W = np.empty((fan_in, fan_out))
        for j in range(fan_out):
            a = size(fan_in, fan_out)
            W[:, j] = rng.normal(0, a, fan_in) if normal else rng.uniform(-a, a, fan_in)
        return W

    def by_inverse(fan_in, fan_out, rng):
        u = rng.random(fan_in * fan_out)
        unit = np.array([NormalDist().inv_cdf(max(p, 1e-300)) for p in u]) if normal else 2 * u - 1
        return (unit * size(fan_in, fan_out)).reshape(fan_in, fan_out)

    def transposed_twice(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        drawn = (
            rng.normal(scale=a, size=(fan_out, fan_in)) if normal else rng.uniform(-a, a, (fan_out, fan_in))
        )
        return np.ascontiguousarray(drawn.T)

    def in_polar_coordinates(fan_in, fan_out, rng):
        if not normal:
            return (
                rng.choice([-1, 1], (fan_in, fan_out)) * rng.random((fan_in, fan_out)) * size(fan_in, fan_out)
            )
        radius = np.sqrt(-2 * np.log1p(-rng.random((fan_in, fan_out))))
        return size(fan_in, fan_out) * radius * np.cos(2 * np.pi * rng.random((fan_in, fan_out)))

    def by_a_generator_of_its_own(fan_in, fan_out, rng):
        own = np.random.default_rng(rng.integers(2**63))
        return direct(fan_in, fan_out, own)

    def entry_by_entry(fan_in, fan_out, rng):
        W = np.zeros((fan_in, fan_out))
        for i in range(fan_in):
            for j in range(fan_out):
                W[i, j] = rng.standard_normal() if normal else rng.uniform(-1, 1)
        W *= size(fan_in, fan_out)
        return W

    def from_float32(fan_in, fan_out, rng):
        shape = fan_in, fan_out
        draw = rng.standard_normal if normal else rng.random
        unit = draw(shape, dtype=np.float32).astype(np.float64)
        return (unit if normal else 2 * unit - 1) * size(fan_in, fan_out)

    def by_a_table(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        draws = {True: lambda: rng.normal(loc=0.0, scale=a, size=(fan_in, fan_out)),
                 False: lambda: rng.uniform(low=-a, high=a, size=[fan_in, fan_out])}  # fmt: skip
        return draws[normal]()

    def from_iterator(fan_in, fan_out, rng):
        a, n = size(fan_in, fan_out), fan_in * fan_out
        draw = (lambda: rng.normal(0, a)) if normal else (lambda: rng.uniform(-a, a))
        return np.fromiter((draw() for _ in range(n)), float, n).reshape((fan_in, fan_out), order="F")

    def by_a_child(fan_in, fan_out, rng):
        return direct(fan_in, fan_out, rng.spawn(1)[0])

    def shuffled(fan_in, fan_out, rng):
        return rng.permuted(direct(fan_in, fan_out, rng))

    class Initialiser:
        """An object that is called; it keeps the size for fans that it has seen."""

        def __init__(self):
            self.sizes = {}

        def __call__(self, fan_in, fan_out, rng):
            a = self.sizes.setdefault((fan_in, fan_out), size(fan_in, fan_out))
            return np.array([direct(1, fan_out, rng)[0] * (a / size(1, fan_out)) for _ in range(fan_in)])

    def an_object(fan_in, fan_out, rng, made=Initialiser()):  # noqa: B008
        return made(fan_in, fan_out, rng)

    def with_two_generators_states(fan_in, fan_out, rng):
        return direct(fan_in, fan_out, np.random.Generator(rng.bit_generator))

    return [
        direct,
        scaled,
        loops,
        column_by_column,
        by_inverse,
        transposed_twice,
        in_polar_coordinates,
        by_a_generator_of_its_own,
        entry_by_entry,
        from_float32,
        by_a_table,
        from_iterator,
        by_a_child,
        shuffled,
        an_object,
        with_two_generators_states,
    ]


def by_conditions(activation):
    if activation in ("relu", "leaky_relu"):
        return "he_normal"
    if activation in ("tanh", "sigmoid", "identity"):
        return "xavier_normal"
    raise ValueError(f"no rule for {activation!r}")


def by_table(activation):
    table = {"relu": "he_uniform", "leaky_relu": "he_uniform"}
    table |= dict.fromkeys(["tanh", "sigmoid", "identity"], "xavier_uniform")
    if activation not in table:
        raise ValueError(activation)
    return table[activation]


def by_matching(activation):
    match activation:
        case "relu" | "leaky_relu":
            return "he_normal"
        case "tanh":
            return "xavier_uniform"
        case "sigmoid" | "identity":
            return "xavier_normal"
        case _:
            raise ValueError("unknown activation")


def by_key_error(activation):
    try:
        return {
            "relu": "he",
            "leaky_relu": "he",
            "tanh": "xavier",
            "sigmoid": "xavier",
            "identity": "xavier",
        }[activation] + "_normal"
    except KeyError:
        raise ValueError(f"unknown: {activation}") from None


def by_index(activation):
    names = ["relu", "leaky_relu", "tanh", "sigmoid", "identity"]
    return ("he_uniform", "xavier_uniform")[names.index(activation) >= 2]


# index raises ValueError


def by_end(activation):
    known = {"relu", "leaky_relu", "tanh", "sigmoid", "identity"}
    if not {activation} <= known:
        raise ValueError("The names are " + ", ".join(sorted(known)))
    return f"{'he' if activation.endswith('relu') else 'xavier'}_normal"


def by_early_return(activation):
    if activation == "relu" or activation == "leaky_relu":
        return "he_uniform"
    elif activation == "tanh" or activation == "sigmoid" or activation == "identity":
        return "xavier_normal"
    else:
        raise ValueError("pick relu, leaky_relu, tanh, sigmoid or identity")


def by_sets(activation):
    for scheme, names in (("he", {"relu", "leaky_relu"}), ("xavier", {"tanh", "sigmoid", "identity"})):
        if activation in names:
            return "_".join([scheme, "uniform"])
    raise ValueError(activation)


def by_get(activation):
    found = dict(zip(("relu", "leaky_relu", "tanh", "sigmoid", "identity"), "hhxxx", strict=True)).get(
        activation
    )
    if found is None:
        raise ValueError("?")
    return {"h": "he_normal", "x": "xavier_uniform"}[found]


def by_enum(activation):
    from enum import Enum

    class Names(Enum):
        relu = "he_normal"
        leaky_relu = "he_uniform"
        tanh = "xavier_normal"
        sigmoid = "xavier_uniform"
        identity = "xavier_uniform "

    if activation not in Names.__members__:
        raise ValueError
    return Names[activation].value.strip()


def by_pattern(activation):
    import re

    if re.fullmatch(r"(leaky_)?relu", activation):
        return "he_normal"
    if re.fullmatch("tanh|sigmoid|identity", activation):
        return "xavier_normal"
    raise ValueError(f"{activation!r} is not known")


def by_numpy(activation):
    known = np.array(["relu", "leaky_relu", "tanh", "sigmoid", "identity"])
    (where,) = np.nonzero(known == activation)
    if len(where) == 0:
        raise ValueError(activation)
    return np.array(["he_normal", "xavier_normal"])[int(where[0] > 1)]


# a string of NumPy's


def by_assertion(activation):
    try:
        assert activation in ("relu", "leaky_relu", "tanh", "sigmoid", "identity")
    except AssertionError as error:
        raise ValueError("unknown activation") from error
    return "he_uniform" if "relu" in activation else "xavier_uniform"


STYLES = {
    "choose_initializer": (
        by_conditions,
        by_table,
        by_matching,
        by_key_error,
        by_index,
        by_end,
        by_early_return,
        by_sets,
        by_get,
        by_enum,
        by_pattern,
        by_numpy,
        by_assertion,
    ),
    "fans": (
        by_cases,
        by_product,
        by_match,
        by_unpacking,
        by_loop,
        by_array,
        by_recursion,
        by_padding,
        by_division,
        by_reduce,
        by_own_error,
        by_dummy_array,
    ),
    **{recipe.name: tuple(styles(recipe.name)) for recipe in ALL},
}
