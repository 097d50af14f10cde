"""A student's own code in the explorers: it runs beside the right one, and what goes wrong is said."""

import builtins
import os
import random
import resource
import sys
import warnings

import numpy as np
import pytest

from course_lib import explorers, initializers, layers, optimizers, palette
from course_lib.explorers import own
from course_lib.explorers.dropped_network import INVERTED, masks
from course_lib.explorers.dropped_network import outputs as courses_outputs
from course_lib.explorers.explorer import Session
from course_lib.scene import Line


class Momentum:
    """The course's, in other words."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v


class Averaging(Momentum):
    """Parts from the course's at the first step."""

    def step(self, theta, gradient):
        return super().step(theta, (1 - self.mu) * gradient)


class Late(Momentum):
    """Parts from the course's at step 4."""

    taken = 0

    def step(self, theta, gradient):
        self.taken += 1
        return super().step(theta, gradient if self.taken < 4 else 2 * gradient)


class Endless(Momentum):
    def step(self, theta, gradient):
        while True:
            pass


class Nothing(Momentum):
    def step(self, theta, gradient):
        super().step(theta, gradient)


class Falling(Momentum):
    def step(self, theta, gradient):
        return theta / [][0]


class Cutting(Momentum):
    def step(self, theta, gradient):
        return theta[:1]


class Unmade(Momentum):
    def __init__(self):
        pass


class InPlace(Momentum):
    """Works in the arrays that it is given, which are nobody else's."""

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        theta -= self.lr * self.v
        gradient *= 0
        return theta


def of_own(panel):
    return [each for each in panel.layers if isinstance(each, Line) and each.colour == palette.YOURS]


@pytest.mark.parametrize("made", [Momentum, InPlace])
def test_a_right_one_goes_the_way_of_the_courses(made):
    scene = explorers.descent(method=type("Momentum", (made,), {})).scene(steps=30)
    assert "Your Momentum goes the way of the course's momentum." in scene.message
    [theirs] = of_own(scene.until_now()[0])
    right = explorers.descent(method="Momentum").scene(steps=30).until_now()[0].layers[0]
    np.testing.assert_allclose(theirs.x, right.x, rtol=1e-12)
    np.testing.assert_allclose(theirs.y, right.y, rtol=1e-12)


@pytest.mark.parametrize(("made", "step"), [(Averaging, 1), (Late, 4)])
def test_the_step_at_which_the_ways_part_is_told(made, step):
    explorer = explorers.descent(method=made)
    assert f"leaves the way of the course's momentum at step {step}." in explorer.scene().message
    assert explorer.controls["steps"].start == step
    assert explorers.descent(method=made, steps=9).controls["steps"].start == 9


def test_a_walk_that_leaves_the_numbers_is_told_so():
    class Dividing(Momentum):
        taken = 0

        def step(self, theta, gradient):
            self.taken += 1
            return theta / 0 if self.taken == 3 else super().step(theta, gradient)

    explorer = explorers.descent(method=Dividing, beside="Momentum")
    assert "is at no finite number from step 3 on." in explorer.scene().message
    assert explorer.controls["steps"].start == 3


def test_the_axes_have_room_for_ones_own():
    scene = explorers.descent(method=type("SGD", (Momentum,), {}), rate=0.02).scene(steps=200)
    for panel in scene.panels[1:]:
        assert np.nanmax(of_own(panel)[0].y) <= panel.y.ends[1]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            Endless,
            "does not come to an end within 1 s, and is not run again: mend it, and run its cell and this",
        ),
        (Nothing, "What step returns is NoneType, where an array of shape (2,) is asked."),
        (Falling, "(“return theta / [][0]”): IndexError: list index out of range."),
        (Cutting, "What step returns has shape (1,), where (2,) is asked."),
        (Unmade, "takes 1 positional argument"),
    ],
)
def test_what_goes_wrong_is_said_and_the_courses_own_is_drawn(made, said, limiter):
    scene = explorers.descent("bowl", type("Momentum", (made,), {})).scene()
    assert said in scene.message
    assert "The course's: " in scene.message
    assert len(scene.panels) == 3


class Told(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def grow():
    held = []
    while True:
        held.append(np.ones(10**6))


def swallow():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def raised(error):
    raise error


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(own, "SECONDS", 0.2)


# What would stop the notebook, or wait in it, and what is said instead.
HARMS = {
    "exit of the process": (lambda: os._exit(3), "_exit has no place in an explorer"),
    "abort of the process": (lambda: os.abort(), "abort has no place in an explorer"),
    "exit": (lambda: sys.exit(3), "SystemExit: 3"),
    "interrupt": (lambda: raised(KeyboardInterrupt()), "KeyboardInterrupt"),
    "question": (lambda: input("How far? "), "input has no place in an explorer"),
    "loop": (swallow, "does not come to an end within 0.2 s"),
    "much memory": (lambda: np.ones((10**5, 10**5)), "Unable to allocate"),
    "recursion": (lambda: recurse(), "RecursionError"),
    "an error without words": (lambda: raised(Told()), "Told: (no text)"),
    "an error of many words": (lambda: raised(ValueError("\ud800" + "x" * 10**6)), "ValueError: ?xxx"),
}


def recurse():
    return recurse()


def harmful(harm):
    """A class that does it in its first step, wherever an explorer first asks it something."""

    class Harm:
        def __init__(self, *_, **__):
            harm()

    return Harm


@pytest.mark.parametrize(("harm", "said"), HARMS.values(), ids=HARMS)
def test_what_would_stop_the_notebook_is_a_sentence(harm, said, limiter, short, capfd):
    message = explorers.descent(method=harmful(harm)).scene().message
    assert said in message
    assert len(message) < 1000
    Session(explorers.descent(method=harmful(harm))).state()  # which can be sent
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("opened", [
    lambda made: (explorers.descent(method=made), "rate"),
    lambda made: (explorers.optimizer_race(methods=(made,)), f"your {made.__name__}.lr"),
    lambda made: (explorers.dropped_network(layer=made), "rate"),
    lambda made: (explorers.batch_norm_lens(layer=made), "gamma"),
    lambda made: (explorers.gradient_home(layer=made), "gamma"),
])  # fmt: skip
def test_what_was_stopped_as_endless_is_not_run_again_until_another_is_given(opened, short):
    begun = []

    def endless(self, *_, **__):
        begun.append(type(self))
        while True:
            pass

    def made():
        return of_a_student(Unscaled, __init__=endless)

    stopped, mended = made(), made()
    explorer, slider = opened(stopped)
    start, end = explorer.controls[slider].start, explorer.controls[slider].high
    told = [explorer.scene(**{slider: value}).message for value in (start, end, start)]
    assert begun == [stopped]
    again = opened(stopped)[0].scene().message  # the explorer's cell alone is run again
    assert begun == [stopped]
    for message in (*told, again):
        assert "Your Unscaled does not come to an end within 0.2 s, and is not run again: mend it" in message
    opened(mended)[0].scene()
    assert begun == [stopped, mended]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux alone")
def test_memory_that_grows_is_bounded(monkeypatch):
    monkeypatch.setattr(own, "MEMORY", 2**27)
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert "MemoryError" in explorers.descent(method=harmful(grow)).scene().message
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.parametrize(
    "opened",
    [
        lambda made: explorers.descent(method=made),
        lambda made: explorers.optimizer_race(methods=("SGD", made)),
        lambda made: explorers.optimizer_race(methods=("SGD", made), tuned=True),
        lambda made: explorers.signal_through_depth(initializer=made),
        lambda made: explorers.dropped_network(layer=made),
        lambda made: explorers.batch_norm_lens(layer=made),
    ],
)
def test_every_explorer_with_ones_own_code_guards_it(opened):
    def harm(*_, **__):
        os._exit(3)

    message = opened(of_a_student(Unscaled, __init__=harm)).scene().message
    assert "Your Unscaled stops" in message and "_exit has no place in an explorer" in message


def change_all():
    np.random.seed(5)
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    random.seed(5)
    os.environ["OWN"] = "1"
    os.chdir("/")
    np.sqrt = None
    sys.setrecursionlimit(50_000)
    print("here I am")
    print("and here", file=sys.stderr)
    warnings.warn("mind me", stacklevel=1)
    np.array(1e300) * 1e300


def around():
    return (
        np.random.get_state()[1].tolist(),
        np.geterr(),
        np.get_printoptions(),
        random.getstate(),
        dict(os.environ),
        os.getcwd(),
        np.sqrt,
        sys.getrecursionlimit(),
        os._exit,
        builtins.input,
    )


def test_what_ones_own_code_changes_around_itself_is_put_back_and_nothing_is_shown(capfd):
    before = around()
    explorers.descent(method=harmful(change_all)).scene()
    assert around() == before
    assert capfd.readouterr() == ("", "")


def test_a_class_of_the_course_is_the_method_itself():
    explorer = explorers.descent(method=optimizers.Nesterov)
    assert explorer.controls["method"].start == "Nesterov"
    assert "Your" not in explorer.scene().message


def test_ones_own_races_beside_the_courses_with_its_own_sliders():
    explorer = explorers.optimizer_race(methods=(optimizers.Momentum, Averaging, Late, "Adam"))
    racing = [name for name, control in explorer.controls.items() if control.start is True]
    assert racing == ["Momentum", "Adam", "your Averaging", "your Late"]
    assert explorer.controls["your Late.lr"].start == explorer.controls["SGD.lr"].start
    named = explorers.optimizer_race(methods=("Momentum", type("Momentum", (Averaging,), {})))
    assert named.controls["your Momentum.mu"].start == 0.9
    scene = named.scene(**{"your Momentum.lr": named.controls["Momentum.lr"].start * 10})
    by_label = {line.label: line for line in scene.panels[1].layers}
    # v averaged is a tenth of v summed up where μ = 0.9: with ten times the rate the way is the same.
    np.testing.assert_allclose(by_label["your Momentum"].y, by_label["Momentum"].y, rtol=1e-6)
    assert by_label["your Momentum"].colour == palette.YOURS


def test_a_fifth_of_ones_own_is_refused():
    made = [type(f"Averaging{number}", (Averaging,), {}) for number in range(5)]
    with pytest.raises(ValueError, match="5 methods of your own are too many to tell apart; name at most 4"):
        explorers.optimizer_race(methods=made)


def test_two_of_one_name_are_told_apart():
    made = [type("Adam", (Unmade,), {}) for _ in range(2)]
    explorer = explorers.optimizer_race(methods=made)
    assert {"your Adam", "your Adam (2)"} < explorer.controls.keys()
    assert explorer.scene().message.startswith("Your Adam stops")


def test_beside_an_initialiser_that_raises_the_courses_is_drawn_with_the_reason():
    def xavier_normal(fan_in, fan_out, rng):
        return rng.normal(0, 1 / (fan_in - fan_in), (fan_in, fan_out))

    scene = explorers.signal_through_depth(initializer=xavier_normal, width=32).scene()
    course = explorers.signal_through_depth(scheme="Xavier normal", width=32).scene()
    assert "ZeroDivisionError" in scene.message and "Xavier normal" in scene.message
    assert course.message in scene.message
    lines = [
        [layer for layer in each.panels[2].layers if isinstance(layer, Line)] for each in (scene, course)
    ]
    assert all(np.array_equal(a.y, b.y) for a, b in zip(*lines, strict=True))


@pytest.mark.parametrize(("scheme", "ratio"), [("he_normal", "1"), ("xavier_normal", "0.707")])
def test_ones_own_initialiser_is_at_work_in_the_layers(scheme, ratio):
    def he_normal(fan_in, fan_out, rng):
        return getattr(initializers, scheme)(fan_in, fan_out, rng)

    scene = explorers.signal_through_depth(initializer=he_normal, width=32).scene()
    beside = explorers.signal_through_depth(scheme="He normal", width=32).scene()
    # Xavier's variance is half of He's where fan_in is fan_out: √½.
    assert scene.message.startswith(f"Your weights spread {ratio} times as far as the course's.")
    sizes = scene.panels[2].layers
    course = next(line for line in sizes if line.label == "He normal")
    np.testing.assert_allclose(course.y, beside.panels[2].layers[1].y)
    assert np.allclose(sizes[1].y, course.y) == (scheme == "he_normal")


class Unscaled:
    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng

    def forward(self, x, training):
        return x * (self.rng.random(x.shape) >= self.rate) if training else x


def of_a_student(right, **changes):
    return type(right.__name__, (right,), {"__module__": "__main__", **changes})


def outputs(message, whose):
    return [float(each) for each in message.split(f"{whose} ")[1].split(", ")[0].rstrip(".").split(" and ")]


def test_ones_own_dropout_is_at_work_in_the_network():
    message = (
        explorers.dropped_network(layer=of_a_student(layers.Dropout)).scene().message.split("Training")[0]
    )
    theirs, courses = outputs(message, "your Dropout"), outputs(message.strip(), "the course's")
    assert theirs[1] == courses[1]
    assert theirs[0] == pytest.approx(courses[0], rel=0.1)  # other masks: 2000 of them, from a fixed seed
    message = explorers.dropped_network(layer=of_a_student(Unscaled)).scene().message
    # Two layers keep half each, and nothing makes up for it.
    assert outputs(message, "your Unscaled")[0] == pytest.approx(courses[0] / 4, rel=0.1)
    nothing = of_a_student(Unscaled, forward=lambda self, x, training: None)
    assert "Your Unscaled stops" in explorers.dropped_network(layer=nothing).scene().message


def test_ones_own_batch_normalisation_is_at_work_under_the_lens():
    same = explorers.batch_norm_lens(layer=of_a_student(layers.BatchNorm)).scene().message
    assert same.startswith("Your BatchNorm agrees with the course's.")

    def always(self, x, training):
        return layers.BatchNorm.forward(self, x, True) if training else (x - x.mean()) / x.std()

    other = explorers.batch_norm_lens(layer=of_a_student(layers.BatchNorm, forward=always)).scene().message
    assert "differs from the course's (thin) in the output in test mode." in other
    lacking = type("BatchNorm", (), {"__init__": lambda self, features: None})
    assert "has no attribute 'forward'" in explorers.batch_norm_lens(layer=lacking).scene().message


def thin(panel):
    """The outlines that stand for the course's: heights of their bins, by the bins' left edges."""
    return [
        dict(zip(np.round(line.x[::2], 6), line.y[1::2], strict=False))
        for line in panel.backdrop
        if isinstance(line, Line) and line.width == 1.0
    ]


@pytest.mark.parametrize("made", [layers.Dropout, Unscaled])
def test_the_courses_dropout_stands_beside_ones_own_as_outlines(made):
    scene = explorers.dropped_network(layer=of_a_student(made)).scene()
    _, output, count = scene.until_now()
    alone = explorers.dropped_network().scene().until_now()
    right = courses_outputs(0.5, INVERTED).training
    for heights, values in (
        (thin(output), right),
        (thin(count), (~masks(0.5)).sum(axis=(1, 2)) / 16),
    ):
        [course] = heights
        bins = np.array([*course])
        step = np.diff(bins).min()
        for left, share in course.items():
            inside = np.mean((values >= left) & (values < left + step))
            assert share == pytest.approx(inside, abs=2e-3)  # a value or two on an edge
        assert sum(course.values()) > 0.98
    assert not any(thin(panel) for panel in alone[1:])
    near = "close, not equal" if made is layers.Dropout else "far apart"
    assert near in scene.message


def test_the_courses_batch_normalisation_stands_beside_ones_own_as_outlines():
    def always(self, x, training):
        return layers.BatchNorm.forward(self, x, True)

    wrong = of_a_student(layers.BatchNorm, forward=always)
    at = {"updates": 7}
    output = explorers.batch_norm_lens(layer=wrong).scene(**at).until_now()[1]
    course = explorers.batch_norm_lens().scene(**at).until_now()[1]
    test = output.backdrop[1]
    [right] = [line for line in course.backdrop if isinstance(line, Line)]
    beside = [line for line in output.backdrop if isinstance(line, Line) and line.width == 1.0]
    assert len(beside) == 2
    np.testing.assert_array_equal([beside[1].x, beside[1].y], [right.x, right.y])
    assert not np.array_equal(test.x, right.x)
    np.testing.assert_array_equal([beside[0].x, beside[0].y], [test.x, test.y])  # at test as in training
    assert not thin(course)


def test_ones_own_way_back_stands_beside_the_true_gradient():
    given = {"gamma": 2.0, "beta": 1.0, "last": 8.0}
    right = explorers.gradient_home(layer=of_a_student(layers.BatchNorm), **given)
    assert right.scene().message.startswith("Your BatchNorm gives the true gradients.")
    assert not {"cut_mean", "cut_variance"} & right.controls.keys()
    assert not any(handle.turns for panel in right.scene().panels for handle in panel.handles)

    class Constant(layers.BatchNorm):
        """Takes the mean for a constant, and averages dβ."""

        def forward(self, x, training):
            self.seen = x.copy()
            return super().forward(x, training)

        def backward(self, grad):
            spread = np.sqrt(self.seen.var(axis=0) + 1e-5)
            x_hat, direct = (self.seen - self.seen.mean(axis=0)) / spread, grad * self.gamma / spread
            _, dgamma, dbeta = super().backward(grad)
            return direct - x_hat * np.mean(x_hat * direct, axis=0), dgamma, dbeta / 4

    scene = explorers.gradient_home(layer=of_a_student(Constant), **given).scene()
    assert "differs from the true gradient (rings) in dx and dβ" in scene.message
    assert "its dx is what comes without the path through the mean." in scene.message
    cut = explorers.gradient_home(cut_mean=True, **given).scene()
    bars, others, rings = (each for each in scene.until_now()[1].layers if not isinstance(each, Line))
    course, summed, _ = (each for each in cut.until_now()[1].layers if not isinstance(each, Line))
    np.testing.assert_allclose([*bars.y, others.y[0]], [*course.y, *summed.y], rtol=1e-9)
    assert rings.y[4] == pytest.approx(0, abs=1e-9)
    assert others.y[2] == pytest.approx(rings.y[6] / 4)
    for mine, theirs in zip(scene.panels[2].layers, cut.panels[2].layers, strict=True):
        np.testing.assert_allclose(mine.y, theirs.y, rtol=1e-6, atol=1e-9)


def test_a_way_back_node_by_node_breaks_where_its_own_step_is_wrong_and_nowhere_else():
    def staged(grad, x, gamma, eps):
        """Right but for v, where "wrong" is a factor."""
        n, c = len(x), x - x.mean(axis=0)
        r = 1 / np.sqrt(x.var(axis=0) + eps)
        d_r = (gamma * grad * c).sum(axis=0)
        d_v = wrong * d_r * r**3 / -2
        d_c = gamma * grad * r + 2 * c * d_v / n
        found = {"x_hat": gamma * grad, "r": d_r, "v": d_v, "c": d_c, "mu": -d_c.sum(axis=0)}
        found |= {"x": d_c - d_c.mean(axis=0), "gamma": (grad * c * r).sum(axis=0)}
        return found if wrong == 2 else found | {"beta": grad.sum(axis=0)}

    wrong = 1
    right = explorers.gradient_home(staged=staged)
    assert right.scene().message.startswith("Your staged gives the true gradients.")
    assert not {"cut_mean", "cut_variance"} & right.controls.keys()
    wrong = 3
    scene = explorers.gradient_home(staged=lambda *given: staged(*given)).scene()
    assert "breaks at ∂L/∂v (squares): all other steps" in scene.message
    squares = [each for each in scene.until_now()[0].layers if getattr(each, "shape", "") == "square"]
    assert len(squares) == 1 and len(squares[0].x) == 1
    wrong = 2
    scene = explorers.gradient_home(staged=lambda *given: staged(*given)).scene()
    assert "breaks at ∂L/∂β first (squares), and besides at ∂L/∂v." in scene.message


def test_a_way_back_without_an_end_is_walked_once_for_all_its_steps():
    walked = []

    def forward(self, x, training):
        walked.append(1)
        raise RuntimeError("no way")

    explorer = explorers.gradient_home(layer=of_a_student(layers.BatchNorm, forward=forward))
    for step in (12, 5, 0):
        assert "Your BatchNorm stops" in explorer.scene(step=step).message
    assert walked == [1]


def test_a_way_back_that_is_none_or_leaves_the_numbers_is_said():
    lacking = of_a_student(layers.BatchNorm, backward=lambda self, grad: grad)
    message = explorers.gradient_home(layer=lacking).scene().message
    assert "Your BatchNorm stops" in message and "ValueError" in message

    def scaled(by):
        backward = lambda self, grad: (by * grad, *layers.BatchNorm.backward(self, grad)[1:])  # noqa: E731
        return explorers.gradient_home(layer=of_a_student(layers.BatchNorm, backward=backward)).scene()

    assert "they end at no finite number" in scaled(np.nan).message
    assert scaled(np.nan).panels
    assert len(scaled(1e200).message) < 500


def test_where_two_paths_part():
    right = np.arange(6.0).reshape(3, 2)
    assert own.parts_at(right, right[:2]) is None
    assert own.parts_at(right, right + np.array([[0, 0], [0, 0], [0, 1]])) == 2
    assert own.parts_at(np.full((2, 2), np.inf), np.full((2, 2), np.inf)) is None


def test_ones_own_is_told_from_the_courses_and_ends_where_time_stands():
    for panel in explorers.descent(method=Averaging).scene(steps=7).until_now():
        [theirs] = of_own(panel)
        right = panel.layers[0]
        assert len(theirs.x) == len(right.x) == 8 and theirs.label == "yours"
        assert theirs.dashed != right.dashed and theirs.mark != right.mark
