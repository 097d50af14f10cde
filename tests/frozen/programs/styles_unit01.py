"""Unit 01, as handed to the checks: right programs and others."""

import math

import numpy as np


def as_generator(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


def as_list(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def by_split(n, batch_size, rng):
    return np.split(rng.permutation(n), range(batch_size, n, batch_size))


def by_permuted(n, batch_size, rng):
    order = rng.permuted(np.arange(n, dtype=np.int32))
    return iter([order[i : i + batch_size] for i in range(0, n, batch_size)])


def by_choice(n, batch_size, rng):
    order = rng.choice(n, size=n, replace=False)
    count = math.ceil(n / batch_size)
    return (order[k * batch_size : (k + 1) * batch_size] for k in range(count))


def by_sorting_random_keys(n, batch_size, rng):
    order = np.argsort(rng.random(n))
    begin = 0
    while begin < n:
        yield order[begin : begin + batch_size]
        begin += batch_size


def by_drawing_from_what_is_left(n, batch_size, rng):
    left = np.arange(n)
    while len(left):
        batch = rng.choice(left, size=min(batch_size, len(left)), replace=False)
        left = np.setdiff1d(left, batch)
        yield batch


def by_fisher_yates(n, batch_size, rng):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(rng.integers(i + 1))
        order[i], order[j] = order[j], order[i]
    return [np.array(order[i : i + batch_size]) for i in range(0, n, batch_size)]


def sorted_within_batches(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield np.sort(order[begin : begin + batch_size])


def lists_of_indices(n, batch_size, rng):
    order = rng.permutation(n).tolist()
    while order:
        batch, order = order[:batch_size], order[batch_size:]
        yield batch


def unsigned(n, batch_size, rng):
    return [batch.astype(np.uint16) for batch in as_list(n, batch_size, rng)]


class AsClass:
    """An iterable object, callable like a function because a class is."""

    def __init__(self, n, batch_size, rng):
        self.order, self.size = rng.permutation(n), batch_size

    def __iter__(self):
        return (self.order[i : i + self.size] for i in range(0, len(self.order), self.size))


def seeds_its_own_generator_from_rng(n, batch_size, rng):
    own = np.random.default_rng(rng.integers(2**32))
    return as_list(n, batch_size, own)


def swaps_neighbours_only(n, batch_size, rng):
    order = np.arange(n)
    for i in range(0, n - 1, 2):
        if rng.random() < 0.5:
            order[[i, i + 1]] = order[[i + 1, i]]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def zero_stays_first(n, batch_size, rng):
    order = np.concatenate([[0], 1 + rng.permutation(n - 1)])
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def pairs_stay_together(n, batch_size, rng):
    pairs = rng.permutation((n + 1) // 2)
    order = [i for pair in pairs for i in (2 * pair, 2 * pair + 1) if i < n]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def smallest_batch_first(n, batch_size, rng):
    return as_list(n, batch_size, rng)[::-1]


def shared_generator(n, batch_size, rng, own=np.random.default_rng(3)):  # noqa: B008
    return as_list(n, batch_size, own)


def same_index_again(n, batch_size, rng):
    order = rng.permutation(n)
    order[-1] = order[0]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def strings(n, batch_size, rng):
    return [str(batch) for batch in as_list(n, batch_size, rng)]


def dictionary(n, batch_size, rng):
    return dict(enumerate(as_list(n, batch_size, rng)))


def negative_indices(n, batch_size, rng):
    return [batch - n for batch in as_list(n, batch_size, rng)]


class SGDPlain:
    def __init__(self, lr):
        self.learning_rate = lr

    def step(self, theta, gradient):
        return theta - self.learning_rate * gradient


class SGDOnACopy:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = theta.copy()
        new -= np.multiply(self.lr, gradient)
        return new


class SGDByLoop:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            new[index] = theta[index] - self.lr * gradient[index]
        return new


class SGDKeywordOnly:
    def __init__(self, *, lr):
        self.settings = {"lr": lr}

    def step(self, params, grads):
        return np.subtract(params, self.settings["lr"] * grads)


class SGDByAdding:
    def __init__(self, lr):
        self.rate = -lr

    def step(self, theta, gradient):
        return np.add(theta, self.rate * gradient)


class SGDSubclass(SGDPlain):
    def __init__(self, lr):
        super().__init__(lr)
        self.history = []

    def step(self, theta, gradient):
        self.history.append(float(np.linalg.norm(gradient)))
        return super().step(theta, gradient)


class MomentumContract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v


class MomentumRateInside:
    """The velocity holds steps, −η g: the same numbers as long as the rate stays."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.velocity


class MomentumOppositeSign:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu = lr, mu

    def step(self, theta, gradient):
        self.v = self.mu * getattr(self, "v", 0) - gradient
        return theta + self.lr * self.v


class MomentumInPlace:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.state = lr, mu, {}

    def step(self, theta, gradient):
        v = self.state.setdefault("v", np.zeros(theta.shape))
        v *= self.mu
        v += gradient
        return (theta - self.lr * v).astype(theta.dtype)


class MomentumHeavyBall:
    """From the last move: θ − η g + μ (θ − θ_before), with the moves kept."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.move = lr, mu, 0.0

    def step(self, theta, gradient):
        self.move = self.mu * self.move - self.lr * gradient
        return theta + self.move


class MomentumHistory:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.gradients = lr, mu, []

    def step(self, theta, gradient):
        self.gradients.insert(0, np.array(gradient))
        return theta - self.lr * sum(self.mu**age * g for age, g in enumerate(self.gradients))


class MomentumAveragedAndScaledBack:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.m = lr, mu, 0.0

    def step(self, theta, gradient):
        self.m = self.mu * self.m + (1 - self.mu) * gradient
        return theta - self.lr / (1 - self.mu) * self.m


class MomentumFloat32State:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, None

    def step(self, theta, gradient):
        old = np.zeros(theta.shape, dtype=np.float32) if self.v is None else self.v
        self.v = (self.mu * old + gradient).astype(np.float32)
        return theta - self.lr * self.v


class NesterovContract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * (gradient + self.mu * self.v)


class NesterovOldAndNew:
    """−μ u_old + (1 + μ) u, with the rate in the velocity."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.u = lr, mu, 0.0

    def step(self, theta, gradient):
        old = self.u
        self.u = self.mu * self.u - self.lr * gradient
        return theta - self.mu * old + (1 + self.mu) * self.u


class NesterovRateInside:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.mu * self.velocity - self.lr * gradient


class NesterovUnrolled:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        update = (1 + self.mu) * gradient + self.mu**2 * self.v
        self.v = self.mu * self.v + gradient
        return theta - self.lr * update


class NesterovDict:
    def __init__(self, lr, mu=0.9):
        self.settings, self.state = {"lr": lr, "mu": mu}, {}

    def step(self, theta, gradient):
        lr, mu = self.settings["lr"], self.settings["mu"]
        self.state["v"] = np.add(mu * self.state.get("v", 0.0), gradient)
        return theta - lr * gradient - lr * mu * self.state["v"]


class NesterovSubclass(MomentumContract):
    def step(self, theta, gradient):
        super().step(theta, gradient)
        return theta - self.lr * (gradient + self.mu * self.v)


STYLES = {
    "minibatches": (
        as_generator,
        as_list,
        by_split,
        by_permuted,
        by_choice,
        by_sorting_random_keys,
        by_drawing_from_what_is_left,
        by_fisher_yates,
        sorted_within_batches,
        lists_of_indices,
        unsigned,
        AsClass,
        seeds_its_own_generator_from_rng,
        swaps_neighbours_only,
        zero_stays_first,
        pairs_stay_together,
        smallest_batch_first,
        shared_generator,
        same_index_again,
        strings,
        dictionary,
        negative_indices,
    ),
    "momentum": (
        MomentumContract,
        MomentumRateInside,
        MomentumOppositeSign,
        MomentumInPlace,
        MomentumHeavyBall,
        MomentumHistory,
        MomentumAveragedAndScaledBack,
        MomentumFloat32State,
        NesterovContract,
    ),
    "nesterov": (
        MomentumContract,
        NesterovContract,
        NesterovOldAndNew,
        NesterovRateInside,
        NesterovUnrolled,
        NesterovDict,
        NesterovSubclass,
    ),
    "sgd": (
        SGDPlain,
        SGDOnACopy,
        SGDByLoop,
        SGDKeywordOnly,
        SGDByAdding,
        SGDSubclass,
    ),
}
