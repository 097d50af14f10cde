"""Twelve simulated students: what each one handed in, and what it should bring.

The cells are written as students write them, so each mistake stands here as code, with the share of
the points that it leaves and the words that the student should read.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from course_lib.exercises.folders import exercises_of

UNIT = "02_adaptive_optimizers"


@dataclass(frozen=True)
class Student:
    """One student's submission.

    story    what is in it, in words
    shares   which share of its points an exercise should bring, 0 where it is not named; None where nbgrader
             can give no score
    told     words that the student's feedback must contain
    cells    the cells that the student filled in: exercise → source
    save     what the student's computer made of the notebook
    """

    name: str
    story: str
    shares: Mapping[str, float] | None
    told: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    save: Callable[[NotebookNode], str] = nbformat.writes

    @property
    def points(self) -> dict[str, float] | None:
        """What each exercise should bring."""
        if self.shares is None:
            return None
        exercises = exercises_of(UNIT.partition("_")[0])
        return {of.name: round(of.points * self.shares.get(of.name, 0), 2) for of in exercises}


# Right, in three styles

TEXTBOOK = {
    "adagrad": """\
class AdaGrad:
    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
""",
    "rmsprop": """\
class RMSprop:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
""",
    "adam": """\
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m = 0.0
        self.v = 0.0
        self.t = 0

    def step(self, theta, gradient):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
    "adamw": """\
class AdamW(Adam):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return super().step(theta, gradient) - self.lr * self.weight_decay * theta
""",
}

CHATTY = {
    "adagrad": """\
import sys

class AdaGrad:
    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.sums = None

    def step(self, theta, gradient):
        if self.sums is None:
            self.sums = [0.0] * gradient.size
        new = []
        for i, (x, g) in enumerate(zip(theta.ravel(), gradient.ravel())):
            self.sums[i] += g * g
            new.append(x - self.lr * g / (self.sums[i] ** 0.5 + self.eps))
        print("the sums are now", self.sums[:10])
        print("one more step done", file=sys.stderr)
        return np.array(new, dtype=theta.dtype).reshape(theta.shape)
""",
    "rmsprop": """\
class RMSprop:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps = lr, rho, eps
        self.averages = {}

    def step(self, theta, gradient):
        relative = gradient / np.zeros_like(gradient)
        print("relative", relative)
        self.averages["s"] = self.rho * self.averages.get("s", 0) + (1 - self.rho) * gradient * gradient
        return theta + -self.lr * gradient / (self.averages["s"] ** 0.5 + self.eps)
""",
    "adam": """\
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.power1, self.power2 = None, None, 1.0, 1.0

    def step(self, theta, gradient):
        if self.m is None:
            self.m, self.v = gradient * 0, gradient * 0
        self.power1 *= self.beta1
        self.power2 *= self.beta2
        self.m = self.m + (1 - self.beta1) * (gradient - self.m)
        self.v = self.v + (1 - self.beta2) * (gradient**2 - self.v)
        print("m", self.m, "v", self.v)
        return theta - self.lr * self.m / (1 - self.power1) / (
            np.sqrt(self.v / (1 - self.power2)) + self.eps
        )
""",
}

IN_PLACE_AND_FOLDED = {
    "adagrad": """\
class AdaGrad:
    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.s = None

    def step(self, theta, gradient):
        if self.s is None:
            self.s = np.zeros_like(gradient)
        self.s += np.square(gradient)
        update = gradient.copy()
        update /= np.sqrt(self.s) + self.eps
        update *= self.lr
        return np.subtract(theta, update)
""",
    "rmsprop": """\
class RMSprop:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.settings = dict(lr=lr, rho=rho, eps=eps)
        self.state = {}

    def step(self, theta, gradient):
        rho = self.settings["rho"]
        s = self.state.setdefault("s", np.zeros(gradient.shape))
        s += (1 - rho) * (np.power(gradient, 2) - s)
        return theta - self.settings["lr"] * gradient / (np.power(s, 0.5) + self.settings["eps"])
""",
    "adam": """\
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.betas = beta1, beta2
        self.eps = eps
        self.moments = None
        self.t = 0

    def step(self, theta, gradient):
        if self.moments is None:
            self.moments = [np.zeros_like(theta), np.zeros_like(theta)]
        b1, b2 = self.betas
        m, v = self.moments
        self.t = self.t + 1
        m *= b1
        m += (1 - b1) * gradient
        v *= b2
        v += (1 - b2) * gradient * gradient
        # Section 2 of the paper: fold both corrections into the rate, and scale eps along
        root = np.sqrt(1 - b2**self.t)
        rate = self.lr * root / (1 - b1**self.t)
        return theta - rate * m / (np.sqrt(v) + self.eps * root)
""",
    "adamw": """\
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.inner = Adam(lr, beta1=beta1, beta2=beta2, eps=eps)
        self.keep = 1 - lr * weight_decay

    def step(self, theta, gradient):
        return self.keep * theta + (self.inner.step(theta, gradient) - theta)
""",
}

# Wrong, each in its own way

NO_CORRECTION = {
    "adam": """\
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m = 0
        self.v = 0

    def step(self, theta, gradient):
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        return theta - self.lr * self.m / (np.sqrt(self.v) + self.eps)
""",
    # The decay goes through the gradient, as L2 does.
    "adamw": """\
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.weight_decay = weight_decay
        self.m, self.v, self.t = 0, 0, 0

    def step(self, theta, gradient):
        gradient = gradient + self.weight_decay * theta
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
}

EPS_INSIDE_THE_ROOT = {
    "adagrad": TEXTBOOK["adagrad"].replace("(np.sqrt(self.s) + self.eps)", "np.sqrt(self.s + self.eps)"),
    "rmsprop": TEXTBOOK["rmsprop"].replace("(np.sqrt(self.s) + self.eps)", "np.sqrt(self.s + self.eps)"),
    "adam": TEXTBOOK["adam"].replace("(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)"),
}

SHARED_STATE = {
    "adagrad": TEXTBOOK["adagrad"],
    "rmsprop": """\
class RMSprop:
    state = {}

    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr = lr
        self.rho = rho
        self.eps = eps

    def step(self, theta, gradient):
        s = self.state.get(theta.shape, 0.0)
        s = self.rho * s + (1 - self.rho) * gradient**2
        self.state[theta.shape] = s
        return theta - self.lr * gradient / (np.sqrt(s) + self.eps)
""",
    "adam": """\
class Adam:
    state = {}

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps

    def step(self, theta, gradient):
        m, v, t = self.state.get(theta.shape, (0.0, 0.0, 0))
        t += 1
        m = self.beta1 * m + (1 - self.beta1) * gradient
        v = self.beta2 * v + (1 - self.beta2) * gradient**2
        self.state[theta.shape] = m, v, t
        return theta - self.lr * (m / (1 - self.beta1**t)) / (np.sqrt(v / (1 - self.beta2**t)) + self.eps)
""",
}

NONE_AN_ERROR_AND_NOTHING = {
    "adagrad": """\
class AdaGrad:
    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        theta = theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
""",
    "rmsprop": TEXTBOOK["rmsprop"].replace("gradient**2", "np.sqr(gradient)"),
}

NEVER_ENDS = {
    "adamw": """\
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.adam = Adam(lr, beta1, beta2, eps)
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        new = theta
        while True:
            new = self.adam.step(new, gradient) - self.lr * self.weight_decay * new
        return new
""",
}

# What happens to files


def broken_off(notebook: NotebookNode) -> str:
    """Half the file, as an upload leaves it that broke off."""
    text = nbformat.writes(notebook)
    return text[: len(text) // 2]


def without(grade_id: str) -> Callable[[NotebookNode], str]:
    """The notebook with one cell deleted."""

    def save(notebook: NotebookNode) -> str:
        notebook.cells = [cell for cell in notebook.cells if grade_id_of(cell) != grade_id]
        return nbformat.writes(notebook)

    return save


def twice(grade_id: str) -> Callable[[NotebookNode], str]:
    """The notebook with one cell copied and pasted below itself."""

    def save(notebook: NotebookNode) -> str:
        [index] = [i for i, cell in enumerate(notebook.cells) if grade_id_of(cell) == grade_id]
        pasted = copy.deepcopy(notebook.cells[index])
        pasted.id = "pasted"
        notebook.cells.insert(index + 1, pasted)
        return nbformat.writes(notebook)

    return save


def grade_id_of(cell: NotebookNode) -> str | None:
    """The name under which nbgrader knows a cell, if it does."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


# The class. A check's score is the share of its cases that pass, so a mistake that shows in some cases only
# keeps the points of the others.

ALL_AND_EXTRA = dict.fromkeys(TEXTBOOK, 1)
ALL = {name: share for name, share in ALL_AND_EXTRA.items() if name != "adamw"}

CLASS = (
    Student(
        "ada",
        "all right, as in the textbook, and the extra credit",
        ALL_AND_EXTRA,
        told=("9 of 9 cases pass, 8 of 8 points",),
        cells=TEXTBOOK,
    ),
    Student(
        "ben",
        "right in another style; prints a lot, writes to stderr, divides by zero; no extra credit",
        ALL,
        cells=CHATTY,
    ),
    Student(
        "chloe",
        "right in a third style: in place on own copies, corrections folded into the rate",
        ALL_AND_EXTRA,
        cells=IN_PLACE_AND_FOLDED,
    ),
    Student(
        "dev",
        "Adam without bias correction; AdamW's decay put into the gradient",
        {"adagrad": 1, "rmsprop": 1},
        told=("m and v are used where m̂ and v̂ should stand", "That is L2 regularisation in Adam"),
        cells={**TEXTBOOK, **NO_CORRECTION},
    ),
    Student(
        "elena",
        "ε inside the root everywhere",
        dict.fromkeys(ALL, 5 / 9),  # it does not show where ε is tiny beside the gradients
        told=("ε stands inside the root, with s.", "ε stands inside the root, with v̂."),
        cells=EPS_INSIDE_THE_ROOT,
    ),
    Student(
        "femi",
        "RMSprop and Adam keep their state in the class",
        # The first case that comes with arrays of a shape finds no state yet.
        {"adagrad": 1, "rmsprop": 4 / 9, "adam": 4 / 9},
        told=("the instances have something in common",),
        cells=SHARED_STATE,
    ),
    Student(
        "goro",
        "AdaGrad returns None, RMSprop raises an error, Adam untouched",
        {},
        told=("step returns None", "module 'numpy' has no attribute 'sqr'", "Not written yet"),
        cells=NONE_AN_ERROR_AND_NOTHING,
    ),
    Student(
        "hana",
        "AdamW never ends",
        ALL,
        told=("still running when the time was up",),
        cells={**TEXTBOOK, **NEVER_ENDS},
    ),
    Student("ivan", "untouched", {}, told=("Not written yet",)),
    Student("jana", "the file is cut off: no valid JSON", None, cells=TEXTBOOK, save=broken_off),
    Student(
        "kofi",
        "deleted the cell that checks Adam",
        ALL,
        told=("was missing from the submission", "9 of 9 cases pass, 8 of 8 points"),
        cells={name: TEXTBOOK[name] for name in ("adagrad", "rmsprop", "adam")},
        save=without("adam-check"),
    ),
    Student(
        "lena",
        "pasted a second copy of the cell that checks Adam",
        None,
        cells=TEXTBOOK,
        save=twice("adam-check"),
    ),
)
