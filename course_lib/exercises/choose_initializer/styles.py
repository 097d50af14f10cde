"""Which initialiser for which activation, in other styles: all are right."""

import numpy as np


def by_conditions(activation):
    if activation in ("relu", "leaky_relu"):
        return "he_normal"
    if activation in ("tanh", "sigmoid", "identity"):
        return "xavier_normal"
    raise ValueError(f"no rule for {activation!r}; there are relu, leaky_relu, tanh, sigmoid, identity")


def by_table(activation):
    table = {"relu": "he_uniform", "leaky_relu": "he_uniform"}
    table |= dict.fromkeys(["tanh", "sigmoid", "identity"], "xavier_uniform")
    if activation not in table:
        raise ValueError(f"{activation}: not one of {', '.join(table)}")
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
            raise ValueError("known are relu, leaky_relu, tanh, sigmoid and identity")


def by_key_error(activation):
    schemes = {
        "relu": "he",
        "leaky_relu": "he",
        "tanh": "xavier",
        "sigmoid": "xavier",
        "identity": "xavier",
    }
    try:
        return schemes[activation] + "_normal"
    except KeyError:
        raise ValueError(f"{activation} is none of {list(schemes)}") from None


def by_index(activation):
    names = ["relu", "leaky_relu", "tanh", "sigmoid", "identity"]
    try:
        return ("he_uniform", "xavier_uniform")[names.index(activation) >= 2]
    except ValueError as error:
        raise ValueError(f"{error}: {names}") from None


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
    raise ValueError("relu", "leaky_relu", "tanh", "sigmoid", "identity")


def by_get(activation):
    known = dict(zip(("relu", "leaky_relu", "tanh", "sigmoid", "identity"), "hhxxx", strict=True))
    found = known.get(activation)
    if found is None:
        raise ValueError(known.keys())
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
        raise ValueError(*Names)
    return Names[activation].value.strip()


def by_pattern(activation):
    import re

    if re.fullmatch(r"(leaky_)?relu", activation):
        return "he_normal"
    if re.fullmatch("tanh|sigmoid|identity", activation):
        return "xavier_normal"
    raise ValueError(f"{activation!r} is not known: (leaky_)relu, tanh, sigmoid and identity are")


def by_numpy(activation):
    known = np.array(["relu", "leaky_relu", "tanh", "sigmoid", "identity"])
    (where,) = np.nonzero(known == activation)
    if len(where) == 0:
        raise ValueError(f"one of {known}, please")
    return np.array(["he_normal", "xavier_normal"])[int(where[0] > 1)]  # a string of NumPy's


def by_assertion(activation):
    try:
        assert activation in ("relu", "leaky_relu", "tanh", "sigmoid", "identity")
    except AssertionError as error:
        raise ValueError("ReLU, leaky ReLU, tanh, sigmoid or identity") from error
    return "he_uniform" if "relu" in activation else "xavier_uniform"
