"""Wrong choices of an initialiser."""

from .entered import Entered
from .refusing import with_other_errors

wrong = Entered()


HE, XAVIER = ("he_normal", "he_uniform"), ("xavier_normal", "xavier_uniform")

RIGHT = {"relu": HE, "leaky_relu": HE, "tanh": XAVIER, "sigmoid": XAVIER, "identity": XAVIER}


def right(activation):
    if activation not in RIGHT:
        raise ValueError(f"no initialiser is known for {activation!r}")
    return RIGHT[activation][0]


# Mistakes


def _choosing(**other):
    """The right choice, but for some activations."""

    def choose_initializer(activation):
        return other[activation] if activation in other else right(activation)

    return choose_initializer


def _refusing(*names):
    def choose_initializer(activation):
        if activation in names:
            raise ValueError(activation)
        return right(activation)

    return choose_initializer


@wrong("all-he")
def all_he(activation):
    right(activation)
    return "he_normal"


@wrong("all-xavier")
def all_xavier(activation):
    right(activation)
    return "xavier_normal"


@wrong("condition-always-true")
def always_he(activation):
    return "he_normal"


@wrong("condition-always-true")
def always_xavier(activation):
    return "xavier_normal"


@wrong("swapped")
def swapped(activation):
    return "he_normal" if right(activation) in XAVIER else "xavier_normal"


@wrong("leaky-relu-as-xavier")
def leaky_relu_as_xavier(activation):
    return _choosing(leaky_relu="xavier_normal")(activation)


@wrong("leaky-relu-refused")
def leaky_relu_refused(activation):
    return _refusing("leaky_relu")(activation)


@wrong("leaky-relu-refused")
def another_spelling(activation):
    return leaky_relu_refused("leaky_relu" if activation == "leakyrelu" else activation)


@wrong("identity-refused")
def identity_refused(activation):
    return _refusing("identity")(activation)


@wrong("several-refused")
def relu_and_tanh_only(activation):
    return _refusing("leaky_relu", "sigmoid", "identity")(activation)


@wrong("several-refused")
def relu_tanh_and_sigmoid_only(activation):
    return _refusing("leaky_relu", "identity")(activation)


@wrong("several-refused")
def without_sigmoid_and_identity(activation):
    return _refusing("sigmoid", "identity")(activation)


@wrong("identity-as-he")
def identity_as_he(activation):
    return _choosing(identity="he_normal")(activation)


@wrong("relu-as-xavier")
def relu_as_xavier(activation):
    return _choosing(relu="xavier_normal")(activation)


@wrong("tanh-and-sigmoid-as-he")
def tanh_and_sigmoid_as_he(activation):
    return _choosing(tanh="he_normal", sigmoid="he_normal")(activation)


@wrong("sigmoid-as-he")
def sigmoid_as_he(activation):
    return _choosing(sigmoid="he_normal")(activation)


@wrong("tanh-only")
def tanh_only(activation):
    return _choosing(sigmoid="he_normal", identity="he_normal")(activation)


@wrong("tanh-as-he")
def tanh_as_he(activation):
    return _choosing(tanh="he_normal")(activation)


@wrong("unknown-gets-xavier")
def unknown_gets_xavier(activation):
    return right(activation) if activation in RIGHT else "xavier_normal"


@wrong("unknown-gets-xavier")
def relu_in_name_or_xavier(activation):
    return "he_normal" if "relu" in activation else "xavier_normal"


@wrong("unknown-gets-he")
def unknown_gets_he(activation):
    return right(activation) if activation in RIGHT else "he_normal"


@wrong("unknown-gets-none")
def unknown_gets_none(activation):
    return right(activation) if activation in RIGHT else None


@wrong("error-returned")
def error_returned(activation):
    return right(activation) if activation in RIGHT else ValueError(activation)


@wrong("error-returned")
def error_type_returned(activation):
    return right(activation) if activation in RIGHT else ValueError


@wrong("error-returned")
def text_returned(activation):
    return right(activation) if activation in RIGHT else "ValueError"


_refusal, *_refusals = with_other_errors(right)

wrong("another-error")(_refusal)

for _refusal in _refusals:
    wrong("another-error")(_refusal)


@wrong("part-of-the-name")
def part_of_the_name(activation):
    for name in ("leaky_relu", "relu", "tanh", "sigmoid", "identity"):
        if name in activation:
            return right(name)
    raise ValueError(activation)


@wrong("part-of-the-name")
def relu_in_name(activation):
    return "he_normal" if "relu" in activation else right(activation)


@wrong("part-of-the-name")
def known_in_part_of_another(activation):
    for name in RIGHT:
        if activation in name or name in activation:
            return right(name)
    raise ValueError(activation)


@wrong("empty-name")
def empty_name(activation):
    if activation in "tanh sigmoid identity":
        return "xavier_normal"
    return right(activation)


@wrong("empty-name")
def empty_name_is_relu(activation):
    return "he_normal" if activation in "leaky_relu" else right(activation)


@wrong("empty-name")
def empty_name_is_identity(activation):
    return right(activation or "identity")


@wrong("scheme-only")
def scheme_only(activation):
    return right(activation).split("_")[0]


@wrong("scheme-only")
def scheme_only_capital(activation):
    return right(activation).split("_")[0].capitalize()


@wrong("other-names")
def names_of_pytorch(activation):
    return right(activation).replace("he_", "kaiming_")


@wrong("other-names")
def names_of_pytorch_uniform(activation):
    return right(activation).replace("he_", "kaiming_").replace("normal", "uniform")


@wrong("other-names")
def names_of_pytorch_with_underscore(activation):
    return right(activation).replace("he_", "kaiming_") + "_"


@wrong("other-names")
def names_of_keras(activation):
    return right(activation).replace("xavier_", "glorot_")


@wrong("other-names")
def names_of_keras_uniform(activation):
    return right(activation).replace("xavier_", "glorot_").replace("normal", "uniform")


@wrong("lecun")
def lecun(activation):
    return right(activation).replace("xavier", "lecun")


@wrong("both-kinds")
def both_kinds(activation):
    right(activation)
    return RIGHT[activation]


@wrong("both-kinds")
def both_kinds_as_list(activation):
    right(activation)
    return list(RIGHT[activation])


@wrong("returns-function")
def returns_function(activation):
    right(activation)
    return right


@wrong("returns-none")
def returns_none(activation):
    right(activation)


@wrong("returns-none")
def returns_none_for_all(activation):
    return None
