"""What the steps of the capstone rest on: python -m course_lib.exercises.capstone.measure

Each kind of answer is trained as a check trains it: three times, on signals bent anew, of which the mean is
taken. Its rate is tuned first, on signals of other checks: doubled or halved until no neighbour comes
farther. What was reached is written to measured.json run by run, so that an end costs nothing: begun again,
it goes on where it was. All of it takes some forty minutes on one core.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from course_lib import capstone, datasets
from course_lib.exercises.capstone import task
from course_lib.exercises.capstone.driver import COURSE
from course_lib.exercises.capstone.judging import RUNS, STEPS, linear
from course_lib.exercises.capstone.styles import recipe
from course_lib.layers import BatchNorm, Dropout
from course_lib.optimizers import Adam
from course_lib.schedules import constant, cosine

RECIPE = "the recipe"
FILE = Path(__file__).with_name("measured.json")
SEEDS, TUNING = range(5000, 5020), range(4000, 4001)  # of checks
FEW, CLEAR = 6, 5  # so many checks are enough where no step lies within so many standard deviations
POINTS = 2  # for each step, for the contract once the first is reached, and for each part

Train = Callable[..., np.ndarray]
Draw = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Schedule = Callable[[float, int], Callable[[int], float]]


# How signals are moved, and how the rate changes


def as_they_are(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x


def moved(x: np.ndarray, rng: np.random.Generator, by: int = 5) -> np.ndarray:
    """Each signal by another number of positions; its end is repeated."""
    to = np.clip(np.arange(x.shape[1]) - rng.integers(-by, by + 1, (len(x), 1)), 0, x.shape[1] - 1)
    return np.take_along_axis(x, to, axis=1)


def rolled(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What leaves at one end comes in at the other."""
    return np.roll(x, rng.integers(-5, 6), axis=1)


def stays(lr: float, budget: int) -> Callable[[int], float]:
    return constant(lr)


def falls_too_soon(lr: float, budget: int) -> Callable[[int], float]:
    """As when it is told the number of epochs for that of updates."""
    return cosine(lr, budget // 10)


def rises(lr: float, budget: int) -> Callable[[int], float]:
    falls = cosine(lr, budget)
    return lambda t: falls(budget - 1 - t)


def trained(lr: float, draw: Draw = moved, schedule: Schedule = cosine, mislabelled: bool = False) -> Train:
    """The recipe, at another rate, or with something else about it."""

    def train(network, method, x, y, x_val, y_val, rng, budget):
        if mislabelled:  # copies in the order of np.tile, labels in that of np.repeat
            x, y = datasets.shifted_copies(x, y, 2)[0], np.repeat(y, 5)
        theta, optimizer, rate = network.initialize(rng), method(lr=lr), schedule(lr, budget)
        for update in range(budget):
            optimizer.lr = rate(update)
            batch = rng.integers(0, len(x), capstone.BATCH)
            theta = optimizer.step(theta, network.loss_and_gradient(theta, draw(x[batch], rng), y[batch])[1])
        return theta

    return train


# Broken parts


class NoCorrection(Adam):
    """Adam without bias correction."""

    def step(self, theta, gradient):
        self.t = 10**6
        return super().step(theta, gradient)


class Stuck(Adam):
    """Adam whose t stays 1."""

    def step(self, theta, gradient):
        self.t = 0
        return super().step(theta, gradient)


class WrongBackward(BatchNorm):
    """As if mean and variance did not depend on x."""

    def backward(self, grad):
        self.training, training = False, self.training
        gradients = super().backward(grad)
        self.training = training
        return gradients


class NeverMoves(BatchNorm):
    """Running statistics stay as they were in the beginning."""

    def forward(self, x, training):
        kept = self.running_mean, self.running_var
        y = super().forward(x, training)
        self.running_mean, self.running_var = kept
        return y


class OtherWayRound(BatchNorm):
    """Running statistics take nine tenths of each batch's."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features, 1 - momentum, eps)


class Unscaled(Dropout):
    """Units are dropped, and the others stay as they are."""

    def forward(self, x, training):
        super().forward(x, training)
        self.mask = (self.mask > 0).astype(float)
        return x * self.mask


class AlwaysDropping(Dropout):
    def forward(self, x, training):
        return super().forward(x, True)


def one_number(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return np.full((fan_in, fan_out), rng.normal(0.0, np.sqrt(2 / fan_in)))


def variance_as_deviation(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, 2 / fan_in, (fan_in, fan_out))


# Kinds of answers


@dataclass(frozen=True)
class Kind:
    """train: from a rate to a training; part: what stands for the course's; rate: where tuning begins; told:
    the id of what a check says."""

    train: Callable[[float], Train] = trained
    part: tuple[str, object] | None = None
    rate: float = 0.01
    is_tuned: bool = True
    told: str = ""

    @property
    def parts(self) -> SimpleNamespace:
        return SimpleNamespace(**vars(COURSE) | dict([self.part] if self.part else []))


def broken(name: str, part: object, rate: float = 0.01) -> Kind:
    return Kind(part=(name, part), rate=rate, told=f"part-{name}")


KINDS: dict[str, Kind] = {
    RECIPE: Kind(is_tuned=False),
    "Adam at its default rate, signals as they are": Kind(
        partial(trained, draw=as_they_are, schedule=stays), rate=0.001, is_tuned=False, told="overfits"
    ),
    "signals as they are": Kind(partial(trained, draw=as_they_are), told="overfits"),
    "signals moved, Adam at its default rate": Kind(
        partial(trained, schedule=stays), rate=0.001, is_tuned=False
    ),
    "no schedule": Kind(partial(trained, schedule=stays), rate=0.005),
    "a schedule that falls too soon": Kind(
        partial(trained, schedule=falls_too_soon), rate=0.02, told="underfits"
    ),
    "a schedule that rises": Kind(partial(trained, schedule=rises), rate=0.005, told="not-tuned"),
    "signals rolled": Kind(partial(trained, draw=rolled)),
    "labels of copies in another order": Kind(
        partial(trained, draw=as_they_are, mislabelled=True), told="labels-apart"
    ),
    "Adam without bias correction": broken("Adam", NoCorrection, 0.0025),
    "Adam with t stuck at 1": broken("Adam", Stuck),
    "BatchNorm, backward without mean and variance": broken("BatchNorm", WrongBackward),
    "BatchNorm, running statistics that stay": broken("BatchNorm", NeverMoves),
    "BatchNorm, momentum the other way round": broken("BatchNorm", OtherWayRound),
    "Dropout, not scaled": broken("Dropout", Unscaled),
    "Dropout at test time, too": broken("Dropout", AlwaysDropping),
    "He, one number for all weights": broken("he_normal", one_number, 0.04),
    "He, a standard deviation of 1": broken("he_normal", capstone.unscaled),
    "He, the variance as deviation": broken("he_normal", variance_as_deviation, 0.005),
}


# Measuring


def accuracy(kind: Kind, rate: float, seed: int, run: int) -> float:
    """What is read of the signals held back, in one run of a check."""
    return read(kind.train(rate), kind.parts, seed, run, np.random.default_rng([seed, run, 100]))


def ends(seed: int, run: int) -> list[float]:
    """What a linear model reads of them, and what the recipe does, beside which a run is held."""
    train, _, held_back = task.disguised(seed, run)
    of_linear = float(np.mean(linear(train, held_back.x) == held_back.y))
    return [of_linear, read(recipe, COURSE, seed, run, np.random.default_rng([seed, run]))]


def read(train: Train, parts: SimpleNamespace, seed: int, run: int, rng: np.random.Generator) -> float:
    """The share that a network of these parts reads of the signals held back, once it is trained so."""
    on_training, on_validation, held_back = task.disguised(seed, run)
    network = capstone.network(parts, rng)
    given = on_training.x / 255, on_training.y, on_validation.x / 255, on_validation.y
    with np.errstate(all="ignore"):
        theta = train(network, parts.Adam, *given, rng, capstone.BUDGET)
        answers = network.predict(theta, held_back.x / 255).argmax(axis=1)
    return float(np.mean(answers == held_back.y))


class Measured:
    """What has been measured. Accuracies are those of single runs, the check's first run first.

    ends     of each check's runs: (what a linear model reads, what the recipe does)
    reached  of each kind at each rate: by a check's seed, what its runs read
    """

    def __init__(self, file: Path = FILE) -> None:
        self.file = file
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self.ends: dict[str, list[list[float]]] = known.get("ends", {})
        self.reached: dict[str, dict[str, dict[str, list[float]]]] = known.get("reached", {})

    def write(self) -> None:
        """Where it is ended meanwhile, what was there stays."""
        kinds = [
            f"{json.dumps(kind)}: {{\n  "
            + ",\n  ".join(f"{json.dumps(rate)}: {json.dumps(runs)}" for rate, runs in rates.items())
            + "}"
            for kind, rates in self.reached.items()
        ]
        text = f'{{"ends": {json.dumps(self.ends)},\n"reached": {{\n ' + ",\n ".join(kinds) + "}}\n"
        new = self.file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, self.file)

    def measure(self, name: str, rate: float, seed: int) -> None:
        """Let a kind of answer go through a check, unless it has."""
        of_rate = self.reached.setdefault(name, {}).setdefault(f"{rate:g}", {})
        if str(seed) in of_rate:
            return
        if str(seed) not in self.ends:
            self.ends[str(seed)] = [[round(end, 5) for end in ends(seed, run)] for run in range(RUNS)]
        of_rate[str(seed)] = [round(accuracy(KINDS[name], rate, seed, run), 5) for run in range(RUNS)]
        self.write()

    def ways(self, name: str, rate: float, seeds: range) -> np.ndarray:
        """How far on the way each check came, of those that were measured."""
        of_rate = self.reached[name][f"{rate:g}"]
        seen = [str(seed) for seed in seeds if str(seed) in of_rate]
        low, high = np.array([np.mean(self.ends[seed], axis=0) for seed in seen]).T
        ways: np.ndarray = (np.array([np.mean(of_rate[seed]) for seed in seen]) - low) / (high - low)
        return ways

    def tuned(self, name: str) -> float:
        """The rate at which it went through most checks."""
        return float(max(self.reached[name], key=lambda rate: len(self.reached[name][rate])))

    def reach(self, name: str) -> tuple[float, float]:
        """How far on the way its checks came at that rate: mean and standard deviation."""
        ways = self.ways(name, self.tuned(name), SEEDS)
        return float(ways.mean()), float(ways.std(ddof=1))

    def steps(self, name: str) -> tuple[int, int]:
        """The steps that it reaches, within three standard deviations: at least and at most."""
        mean, std = self.reach(name)
        fewest, most = (sum(end >= step for step in STEPS) for end in (mean - 3 * std, mean + 3 * std))
        return fewest, most

    def is_settled(self, name: str) -> bool:
        """Whether more checks would tell nothing: no step lies near, or one as near as a single deviation."""
        mean, std = self.reach(name)
        nearest = min(abs(mean - step) for step in STEPS)
        return name != RECIPE and not std < nearest < CLEAR * std

    def table(self) -> str:
        """What is told of it in docs/grading.md."""
        heads = "answer", "rate", "checks", "of the way", "steps", "points lost", "told"
        rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        for name, kind in KINDS.items():
            steps = self.steps(name)
            lost = [POINTS * (len(STEPS) - each + (not each) + bool(kind.part)) for each in reversed(steps)]
            (mean, std), checks = self.reach(name), len(self.ways(name, self.tuned(name), SEEDS))
            told = f"`{kind.told}`" if kind.told else ""
            of_way = f"{mean:.2f} ± {std:.3f}"
            cells = [name, f"{self.tuned(name):g}", str(checks), of_way, _span(steps), _span(lost), told]
            rows.append(f"| {' | '.join(cells)} |")
        return "\n".join(rows)

    def tune(self, name: str) -> float:
        """The rate that comes farther than half of it and twice of it."""
        best = KINDS[name].rate
        if not KINDS[name].is_tuned:
            return best
        while True:
            rates = best / 2, best, best * 2
            for rate in rates:
                for seed in TUNING:
                    self.measure(name, rate, seed)
            ways = [float(self.ways(name, rate, TUNING).mean()) for rate in rates]
            if max(ways) == ways[1]:
                return best
            best = rates[int(np.argmax(ways))]


def _span(numbers: Sequence[int]) -> str:
    """From at least to at most."""
    return " to ".join(map(str, dict.fromkeys(numbers)))


def main() -> None:
    measured = Measured()
    rates = {}
    for name in KINDS:
        rates[name] = measured.tune(name)
        print(name, rates[name], flush=True)
    for seed in SEEDS:
        for name, rate in rates.items():
            if seed < SEEDS[FEW] or not measured.is_settled(name):
                measured.measure(name, rate, seed)
        print(seed, flush=True)
    print(measured.table())


if __name__ == "__main__":
    main()
