"""The exercise `choose_initializer`: which initialiser for which activation."""

# mypy: no-check-untyped-defs

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

HE, XAVIER = ("he_normal", "he_uniform"), ("xavier_normal", "xavier_uniform")
RIGHT = {"relu": HE, "leaky_relu": HE, "tanh": XAVIER, "sigmoid": XAVIER, "identity": XAVIER}


def right(activation):
    if activation not in RIGHT:
        raise ValueError(f"no initialiser is known for {activation!r}")
    return RIGHT[activation][0]


# Cases: there is nothing random in them.


def cases(seed: int) -> list[Case]:
    def case(name: str, *activations: str, **marks: bool) -> Case:
        calls = [
            {"call": "choose_initializer", "arguments": {"activation": encode(activation)}}
            for activation in activations
        ]
        shown = tuple(f'the call choose_initializer("{activation}")' for activation in activations)
        return Case.of(name, calls, shown=shown, about=marks)

    return [
        *(case(name, name) for name in RIGHT),
        # Who refuses everything is told from who refuses what is to be refused.
        case("an unknown activation", "relu", "softplus", "gelu", refuses=True),
        case("a name that holds a known one", "relu", "relu6", "hard_tanh", refuses=True),
        case("an empty name", "tanh", "", refuses=True),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The scheme of each answer: its normal and its uniform kind are equally right."""
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        name = call["arguments"]["activation"]["text"]
        came = event.returned
        scheme = next((kinds for kinds in (HE, XAVIER) if isinstance(came, str) and came in kinds), None)
        if isinstance(came, str):
            says = f"For “{name}” you choose “{came}”"
            known = f"; there are {', '.join(HE)}, {', '.join(XAVIER)}."
            says += "; look at the contract's table once more." if scheme else known
        else:
            says = f"For “{name}” the function returns {described(came)}; asked is an initialiser's name."
        value = " or ".join(scheme) if scheme else came if isinstance(came, str) else described(came)
        if "refuses" in case.about and (index == 0 or not scheme):
            value = described(came)
        seen.append(Observation("The choice", value, says, index))
    return seen


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


@mistake(
    "all-he",
    "He's is chosen for all activations. It doubles the variance because ReLU drops half of the signal's "
    "power; the others drop nothing of the kind.",
    "By which factor does tanh change a small number?",
)
def all_he(activation):
    right(activation)
    return "he_normal"


@mistake(
    "all-xavier",
    "Xavier's is chosen for all activations. It takes for granted that an activation is a straight line "
    "around 0, which ReLU is not.",
    "Which share of its inputs does ReLU set to 0, and what does that do to the signal from layer to layer?",
)
def all_xavier(activation):
    right(activation)
    return "xavier_normal"


@mistake(
    "condition-always-true",
    "Whatever the name, the same initialiser is chosen, for unknown names too: a condition is always true, "
    "or there is none.",
    "In `name == 'a' or 'b'`, what does Python take the second part for?",
)
def always_he(activation):
    return "he_normal"


@variant("condition-always-true")
def always_xavier(activation):
    return "xavier_normal"


@mistake(
    "swapped",
    "He's and Xavier's have changed places.",
    "Which of the two has the larger variance, and which activation loses half of its input?",
)
def swapped(activation):
    return "he_normal" if right(activation) in XAVIER else "xavier_normal"


@mistake(
    "leaky-relu-as-xavier",
    "For leaky_relu Xavier's is chosen. With a slope of 0.01 below 0, it loses almost as much of the signal "
    "as ReLU does.",
    "What is left of −1 after a leaky ReLU, and what after ReLU?",
)
def leaky_relu_as_xavier(activation):
    return _choosing(leaky_relu="xavier_normal")(activation)


@mistake(
    "leaky-relu-refused",
    "leaky_relu is refused, though it is in the contract.",
    "Read the list of names in the contract once more.",
)
def leaky_relu_refused(activation):
    return _refusing("leaky_relu")(activation)


@variant("leaky-relu-refused")
def another_spelling(activation):
    return leaky_relu_refused("leaky_relu" if activation == "leakyrelu" else activation)


@mistake(
    "identity-refused",
    "identity is refused, though it is in the contract: a layer without an activation needs weights as well.",
    "Read the list of the contract's names once more.",
)
def identity_refused(activation):
    return _refusing("identity")(activation)


@mistake(
    "several-refused",
    "Some of the contract's activations are refused: it has five.",
    "Call your function with each of the five names. Which ones raise an error?",
)
def relu_and_tanh_only(activation):
    return _refusing("leaky_relu", "sigmoid", "identity")(activation)


@variant("several-refused")
def relu_tanh_and_sigmoid_only(activation):
    return _refusing("leaky_relu", "identity")(activation)


@variant("several-refused")
def without_sigmoid_and_identity(activation):
    return _refusing("sigmoid", "identity")(activation)


@mistake(
    "identity-as-he",
    "For identity He's is chosen. The factor 2 makes up for what ReLU drops; identity drops nothing.",
    "Which share of its inputs does identity set to 0?",
)
def identity_as_he(activation):
    return _choosing(identity="he_normal")(activation)


@mistake(
    "relu-as-xavier",
    "For relu Xavier's is chosen. ReLU sets half of its inputs to 0, and He's makes up for that.",
    "What is the mean of the squares after ReLU, if it was 1 before?",
)
def relu_as_xavier(activation):
    return _choosing(relu="xavier_normal")(activation)


@mistake(
    "tanh-and-sigmoid-as-he",
    "For tanh and sigmoid He's is chosen. That is made for ReLU, which sets half of its inputs to 0.",
    "Which share of its inputs does tanh set to 0, and which sigmoid?",
)
def tanh_and_sigmoid_as_he(activation):
    return _choosing(tanh="he_normal", sigmoid="he_normal")(activation)


@mistake(
    "sigmoid-as-he",
    "For sigmoid He's is chosen. That is made for ReLU, which sets half of its inputs to 0.",
    "Which share of its inputs does sigmoid set to 0?",
)
def sigmoid_as_he(activation):
    return _choosing(sigmoid="he_normal")(activation)


@mistake(
    "tanh-only",
    "Xavier's is chosen for tanh only; sigmoid and identity get He's.",
    "Which activations lose half of the signal?",
)
def tanh_only(activation):
    return _choosing(sigmoid="he_normal", identity="he_normal")(activation)


@mistake(
    "tanh-as-he",
    "For tanh He's is chosen. That is made for ReLU, which sets half of its inputs to 0.",
    "Which share of its inputs does tanh set to 0?",
)
def tanh_as_he(activation):
    return _choosing(tanh="he_normal")(activation)


@mistake(
    "unknown-gets-xavier",
    "An unknown activation gets Xavier's. A wrong guess goes unnoticed until the network does not learn; the "
    "contract asks for a ValueError.",
    "What does your code do with a name that is misspelt, such as 'rleu'?",
)
def unknown_gets_xavier(activation):
    return right(activation) if activation in RIGHT else "xavier_normal"


@variant("unknown-gets-xavier")
def relu_in_name_or_xavier(activation):
    return "he_normal" if "relu" in activation else "xavier_normal"


@mistake(
    "unknown-gets-he",
    "An unknown activation gets He's. A wrong guess goes unnoticed until the network does not learn; the "
    "contract asks for a ValueError.",
    "What does your code do with a name that is misspelt, such as 'sigmiod'?",
)
def unknown_gets_he(activation):
    return right(activation) if activation in RIGHT else "he_normal"


@mistake(
    "unknown-gets-none",
    "For an unknown activation the function ends without a word and returns None. The contract asks for a "
    "ValueError.",
    "What happens in your code when none of the conditions holds?",
)
def unknown_gets_none(activation):
    return right(activation) if activation in RIGHT else None


@mistake(
    "error-returned",
    "For an unknown activation a text, or the error itself, is returned. An error is raised.",
    "Which word hands out an error in Python?",
)
def error_returned(activation):
    return right(activation) if activation in RIGHT else ValueError(activation)


@variant("error-returned")
def error_type_returned(activation):
    return right(activation) if activation in RIGHT else ValueError


@variant("error-returned")
def text_returned(activation):
    return right(activation) if activation in RIGHT else "ValueError"


_refusal, *_refusals = with_other_errors(right)
mistake(
    "another-error",
    "For an unknown activation an error is raised, but not the one in the contract, a ValueError. A "
    "dictionary raises a KeyError by itself.",
    "Which error does your code raise for a name that it does not know?",
)(_refusal)
for _refusal in _refusals:
    variant("another-error")(_refusal)


@mistake(
    "part-of-the-name",
    "Any name that holds a known one is taken for it: relu6 counts as relu.",
    "What does `in` ask of two texts, and what does == ask?",
)
def part_of_the_name(activation):
    for name in ("leaky_relu", "relu", "tanh", "sigmoid", "identity"):
        if name in activation:
            return right(name)
    raise ValueError(activation)


@variant("part-of-the-name")
def relu_in_name(activation):
    return "he_normal" if "relu" in activation else right(activation)


@variant("part-of-the-name")
def known_in_part_of_another(activation):
    for name in RIGHT:
        if activation in name or name in activation:
            return right(name)
    raise ValueError(activation)


@mistake(
    "empty-name",
    "An empty name gets an answer, because an empty text is part of every text.",
    "What does `in` ask of two texts, and what does == ask? Try it with an empty one.",
)
def empty_name(activation):
    if activation in "tanh sigmoid identity":
        return "xavier_normal"
    return right(activation)


@variant("empty-name")
def empty_name_is_relu(activation):
    return "he_normal" if activation in "leaky_relu" else right(activation)


@variant("empty-name")
def empty_name_is_identity(activation):
    return right(activation or "identity")


@mistake(
    "scheme-only",
    "The name of the scheme comes back, not that of an initialiser: there is a normal and a uniform kind of "
    "each, and the contract's names say which.",
    "Which four functions have you written in this unit?",
)
def scheme_only(activation):
    return right(activation).split("_")[0]


@variant("scheme-only")
def scheme_only_capital(activation):
    return right(activation).split("_")[0].capitalize()


@mistake(
    "other-names",
    "The names are known ones, of PyTorch (kaiming) or Keras (glorot); in this course they are he_… and "
    "xavier_….",
    "Which four functions did you write in this unit, and how are they called?",
    convention=True,
)
def names_of_pytorch(activation):
    return right(activation).replace("he_", "kaiming_")


@variant("other-names")
def names_of_pytorch_uniform(activation):
    return right(activation).replace("he_", "kaiming_").replace("normal", "uniform")


@variant("other-names")
def names_of_pytorch_with_underscore(activation):
    return right(activation).replace("he_", "kaiming_") + "_"


@variant("other-names")
def names_of_keras(activation):
    return right(activation).replace("xavier_", "glorot_")


@variant("other-names")
def names_of_keras_uniform(activation):
    return right(activation).replace("xavier_", "glorot_").replace("normal", "uniform")


@mistake(
    "lecun",
    "LeCun's is chosen. It is a known initialiser, and a good one for layers without ReLU, but none of the "
    "four that the contract names.",
    "Which four names may your function return?",
    convention=True,
)
def lecun(activation):
    return right(activation).replace("xavier", "lecun")


@mistake(
    "both-kinds",
    "Both kinds come back, the normal and the uniform one. The contract asks for one name.",
    "A caller draws weights with your answer. With which of the two?",
)
def both_kinds(activation):
    right(activation)
    return RIGHT[activation]


@variant("both-kinds")
def both_kinds_as_list(activation):
    right(activation)
    return list(RIGHT[activation])


@mistake(
    "returns-function",
    "The function itself comes back. The contract asks for its name, a text.",
    "Is there a pair of quotation marks missing?",
)
def returns_function(activation):
    right(activation)
    return right


@mistake(
    "returns-none",
    "The function returns None: what it chooses is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(activation):
    right(activation)


@variant("returns-none")
def returns_none_for_all(activation):
    return None


def suggest(result):
    """Which name is answered that should be refused, where all else is right."""
    for case, events, difference in zip(result.cases, result.got, result.differences, strict=True):
        if difference and "refuses" not in case.about:
            return None
        for call, event in list(zip(case.calls, events, strict=True))[1:]:
            if isinstance(event.returned, str):
                name = call["arguments"]["activation"]["text"]
                return None, (
                    f"The contract's five names are answered correctly. But “{name}” gets "
                    f"“{event.returned}”, and the contract asks for a ValueError for every other name, "
                    "a good guess or not."
                )
    return None


EXERCISES = {
    "choose_initializer": Exercise(
        name="choose_initializer",
        title="choose_initializer",
        contract="Asked is choose_initializer(activation), which returns an initialiser's name.",
        method="",
        defaults={},
        cases=cases,
        reference=right,
        misconceptions=MISTAKES.misconceptions(),
        observe=observe,
        suggest=suggest,
    )
}
