"""The mistakes that students make in `minibatches`."""

# mypy: no-check-untyped-defs

import copy
import random

import numpy as np

from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


# What comes back


@mistake(
    "returns-none",
    "minibatches returns None. It may make the right batches, but a loop over them gets nothing.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    for begin in range(0, n, batch_size):
        batches.append(order[begin : begin + batch_size])


@mistake(
    "first-batch-only",
    "Only the first batch comes back: return ends the function in the first round of the loop. A for loop "
    "over the result then meets its single indices.",
    "return ends a function; which word hands out a value and lets the loop go on?",
)
def first_batch_only(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        return order[begin : begin + batch_size]


@mistake(
    "one-list",
    "All indices come in one sequence, not cut into batches: a loop over it gets one index at a time.",
    "Your order is random. Where does your code use batch_size, and what becomes of the pieces?",
)
def one_list(n, batch_size, rng):
    return rng.permutation(n)


@variant("one-list")
def one_list_of_batches_joined(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    for begin in range(0, n, batch_size):
        batches.extend(order[begin : begin + batch_size])
    return batches


@variant("one-list")
def yields_single_indices(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield from order[begin : begin + batch_size]


@mistake(
    "all-in-one",
    "All batches come at once, in a list inside another: a loop over the result makes a single round.",
    "How many times should the body of a for loop over your batches run, and how many times does it?",
)
def all_in_one(n, batch_size, rng):
    order = rng.permutation(n)
    yield [order[begin : begin + batch_size] for begin in range(0, n, batch_size)]


@mistake(
    "numbered-pairs",
    "Each item is a tuple, the batch together with something else. The contract asks for the batch alone: "
    "x[batch] does not work with a tuple.",
    "If the caller wants the number of the batch too, who can count?",
)
def numbered_pairs(n, batch_size, rng):
    order = rng.permutation(n)
    for number, begin in enumerate(range(0, n, batch_size)):
        yield number, order[begin : begin + batch_size]


@mistake(
    "slices",
    "Each item is a slice. It says where a batch begins and ends, but not which examples were drawn; "
    "x[slice] takes them in the order in which they are stored.",
    "Your order is shuffled. Is it what your slices are applied to?",
)
def slices(n, batch_size, rng):
    rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield slice(begin, begin + batch_size)


@mistake(
    "masks",
    "Each batch is an array of n times True or False. As an index it would do, but the contract asks for the "
    "numbers of the examples, and the length of a batch should be the number of examples in it.",
    "NumPy has a function that turns a mask into the indices where it is True.",
)
def masks(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        mask = np.zeros(n, dtype=bool)
        mask[order[begin : begin + batch_size]] = True
        yield mask


@mistake(
    "data",
    "The batches hold numbers that are no integers: data, where indices are asked. minibatches does not "
    "know the data; its caller uses the indices to pick examples and their labels alike.",
    "What would you have to write between the brackets of x[…] and y[…]?",
)
def data(n, batch_size, rng):
    x = rng.random(n)
    for begin in range(0, n, batch_size):
        yield x[begin : begin + batch_size]


@variant("data")
def indices_as_floats(n, batch_size, rng):
    order = np.zeros(n)
    order[:] = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


# Sizes


@mistake(
    "last-batch-lost",
    "The last batch is lost when it is not full: the examples in it are not used in this epoch. Asked is a "
    "smaller batch at the end.",
    "With n = 7 and batch_size = 3, what is n // batch_size, and how many batches are there by hand?",
)
def last_batch_lost(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size):
        yield order[k * batch_size : (k + 1) * batch_size]


@variant("last-batch-lost")
def last_batch_lost_by_condition(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = order[begin : begin + batch_size]
        if len(batch) == batch_size:
            yield batch


@mistake(
    "last-batch-always-lost",
    "The last batch is always lost, even when it is full: the loop ends one batch too early.",
    "The stop of a range is not included. With n = 6 and batch_size = 3, which values does your loop go "
    "through?",
)
def last_batch_always_lost(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n - batch_size, batch_size):
        yield order[begin : begin + batch_size]


@variant("last-batch-always-lost")
def last_batch_always_lost_by_count(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(int(np.ceil(n / batch_size)) - 1):
        yield order[k * batch_size : (k + 1) * batch_size]


@mistake(
    "last-batch-filled-up",
    "The last batch is filled up with examples that have had their turn: they count twice in this epoch. "
    "Asked is a smaller batch.",
    "When 2 examples are left and batch_size is 5, how long should the last batch be?",
)
def last_batch_filled_from_the_start(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[np.arange(begin, begin + batch_size) % n]


@variant("last-batch-filled-up")
def last_batch_moved_back(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[max(0, min(begin, n - batch_size)) : begin + batch_size]


@variant("last-batch-filled-up")
def last_batch_filled_with_a_new_draw(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = order[begin : begin + batch_size]
        more = rng.choice(n, batch_size - len(batch))
        yield np.concatenate([batch, more])


@mistake(
    "last-batch-padded",
    "The last batch is padded to full length with a number that was not drawn, such as 0 or −1. As an "
    "index that is an example too, 0 the first and −1 the last.",
    "What does x[−1] give?",
)
def last_batch_padded_with_minus_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = np.full(batch_size, -1)
        batch[: len(order[begin : begin + batch_size])] = order[begin : begin + batch_size]
        yield batch


@variant("last-batch-padded")
def last_batch_padded_with_zero(n, batch_size, rng):
    order = list(rng.permutation(n))
    while len(order) % batch_size != 0:
        order.append(0)
    return np.reshape(order, (-1, batch_size))


@mistake(
    "rest-in-the-last-batch",
    "The examples that are left over are put into the last full batch, which is then longer than batch_size.",
    "May a batch be larger than batch_size?",
)
def rest_in_the_last_batch(n, batch_size, rng):
    order = rng.permutation(n)
    count = max(n // batch_size, 1)
    for k in range(count):
        end = n if k == count - 1 else (k + 1) * batch_size
        yield order[k * batch_size : end]


@mistake(
    "empty-batch",
    "When n is a multiple of batch_size, an empty batch comes at the end. The mean loss over no examples is "
    "NaN.",
    "How many batches are there for n = 6 and batch_size = 3, and for n = 7?",
)
def empty_batch(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size + 1):
        yield order[k * batch_size : (k + 1) * batch_size]


@mistake(
    "even-sizes",
    "The batches are made as equal as possible, so that most of them do not have batch_size examples. "
    "Asked is full batches, and the rest in the last.",
    "With n = 7 and batch_size = 3, which sizes come out of your function?",
)
def even_sizes(n, batch_size, rng):
    return np.array_split(rng.permutation(n), int(np.ceil(n / batch_size)))


@variant("even-sizes")
def even_sizes_rounded_down(n, batch_size, rng):
    return np.array_split(rng.permutation(n), max(n // batch_size, 1))


@mistake(
    "size-as-count",
    "batch_size is used as the number of batches. It is the number of examples in each.",
    "With n = 1000 and batch_size = 10, how many batches should there be?",
)
def size_as_count(n, batch_size, rng):
    return np.array_split(rng.permutation(n), batch_size)


@variant("size-as-count")
def size_as_count_rounded_down(n, batch_size, rng):
    order = rng.permutation(n)
    size = max(n // batch_size, 1)
    for begin in range(0, n, size):
        yield order[begin : begin + size]


@mistake(
    "step-of-one",
    "The batches overlap: each begins one example after the last one, not batch_size after it.",
    "At which position of the order does your second batch begin?",
)
def step_of_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(n):
        yield order[begin : begin + batch_size]


@variant("step-of-one")
def number_as_position(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(int(np.ceil(n / batch_size))):
        yield order[k : k + batch_size]


@variant("step-of-one")
def number_as_position_full_batches(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size):
        yield order[k : k + batch_size]


@mistake(
    "end-off-by-one",
    "Each batch is one too short: the last index of each is left out. The end of a slice is not included.",
    "What does order[0:3] contain?",
)
def end_off_by_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size - 1]


@mistake(
    "end-one-too-far",
    "Each batch is one too long: it holds the first index of the next batch too.",
    "How many numbers are there in order[0:3], and in order[0:4]?",
)
def end_one_too_far(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size + 1]


@mistake(
    "one-batch",
    "There is one batch only, and then it ends: the rest of the epoch is missing.",
    "How often does your function come to the line that hands out a batch?",
)
def one_batch(n, batch_size, rng):
    yield rng.permutation(n)[:batch_size]


@variant("one-batch")
def one_batch_drawn(n, batch_size, rng):
    return [rng.choice(n, size=min(n, batch_size), replace=False)]


@mistake(
    "everything-in-each",
    "A batch holds all n examples: that is full-batch descent.",
    "Which line of your code should make one batch smaller than the whole?",
)
def everything_in_each(n, batch_size, rng):
    yield rng.permutation(n)


@variant("everything-in-each")
def everything_again_and_again(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.permutation(n)


@mistake(
    "no-end",
    "The batches never end. An iterator for one epoch stops when each example has had its turn.",
    "What makes a loop over your batches stop?",
)
def no_end(n, batch_size, rng):
    while True:
        order = rng.permutation(n)
        for begin in range(0, n, batch_size):
            yield order[begin : begin + batch_size]


@variant("no-end")
def no_end_of_draws(n, batch_size, rng):
    while True:
        yield rng.integers(0, n, size=batch_size)


@mistake(
    "same-list-again",
    "All batches are one and the same list, which is emptied and filled again. Who keeps the batches, as in "
    "list(minibatches(…)), has the last one many times over.",
    "After `a = b`, how many lists are there? What happens to a batch that was handed out when the list is "
    "emptied?",
)
def same_list_again(n, batch_size, rng):
    batch = []
    for index in rng.permutation(n):
        batch.append(index)
        if len(batch) == batch_size:
            yield batch
            batch.clear()
    if batch:
        yield batch


@variant("same-list-again")
def same_list_again_even_if_empty(n, batch_size, rng):
    batch = []
    for index in rng.permutation(n):
        batch.append(index)
        if len(batch) == batch_size:
            yield batch
            batch.clear()
    yield batch


# Each index once


@mistake(
    "with-replacement",
    "The indices are drawn with replacement: in an epoch, and even in a batch, some come twice and about a "
    "third do not come at all. Asked is a random order, in which each comes once.",
    "What is the difference between throwing a die and dealing cards?",
)
def with_replacement(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.integers(0, n, size=min(batch_size, n - begin))


@variant("with-replacement")
def with_replacement_full_batches(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.choice(n, size=batch_size)


@variant("with-replacement")
def with_replacement_full_batches_only(n, batch_size, rng):
    for _ in range(n // batch_size):
        yield rng.choice(n, size=batch_size)


@mistake(
    "shuffled-for-each-batch",
    "A new order is drawn for each batch. Within a batch no index comes twice, but in different batches "
    "the same one does, and others never come in this epoch.",
    "How often should the deck be shuffled while the cards are dealt?",
)
def shuffled_for_each_batch(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        order = rng.permutation(n)
        yield order[begin : begin + batch_size]


@variant("shuffled-for-each-batch")
def drawn_anew_for_each_batch(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.choice(n, size=min(batch_size, n - begin), replace=False)


@variant("shuffled-for-each-batch")
def drawn_anew_full_batches(n, batch_size, rng):
    for _ in range(n // batch_size):
        yield rng.permutation(n)[:batch_size]


@variant("shuffled-for-each-batch")
def drawn_anew_and_never_smaller(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.permutation(n)[:batch_size]


@mistake(
    "one-based",
    "The indices go from 1 to n. In Python they go from 0 to n − 1: the first example never comes, and "
    "x[n] does not exist.",
    "What is the index of the first row of an array?",
)
def one_based(n, batch_size, rng):
    order = rng.permutation(n) + 1
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "last-example-missing",
    "The last example, n − 1, never comes: the range ends too early.",
    "The stop of a range is not included. What is the largest index that you shuffle?",
)
def last_example_missing(n, batch_size, rng):
    order = rng.permutation(n - 1)
    for begin in range(0, n - 1, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "first-example-missing",
    "The first example, 0, never comes: the range begins too late.",
    "With which index does an array begin?",
)
def first_example_missing(n, batch_size, rng):
    order = rng.permutation(np.arange(1, n))
    for begin in range(0, len(order), batch_size):
        yield order[begin : begin + batch_size]


# Random order


@mistake(
    "not-shuffled",
    "The batches are right, but nothing is shuffled: the indices come in ascending order. When the data is "
    "sorted by class, each batch then holds one class only.",
    "Which of your lines uses rng, and is its result used?",
)
def not_shuffled(n, batch_size, rng):
    order = np.arange(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@variant("not-shuffled")
def shuffled_but_not_used(n, batch_size, rng):
    order = np.arange(n)
    rng.permutation(order)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "shuffled-within-batches",
    "Each batch is shuffled within itself: it always holds the same examples. For the gradient, which is a "
    "mean over the batch, that changes nothing.",
    "What comes first, shuffling or cutting?",
)
def shuffled_within_batches(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.permutation(np.arange(begin, min(begin + batch_size, n)))


@mistake(
    "batches-shuffled",
    "Only the order of the batches is random: neighbours in the data are always in the same batch.",
    "What comes first, shuffling or cutting, and what is it that you shuffle?",
)
def batches_shuffled(n, batch_size, rng):
    begins = rng.permutation(np.arange(0, n, batch_size))
    for begin in begins:
        yield np.arange(begin, min(begin + batch_size, n))


@mistake(
    "rotated",
    "Only the place to begin is random; from there on the indices follow one another as they are stored, "
    "so that neighbours in the data stay together.",
    "How many different orders can your function produce, and how many are there?",
)
def rotated(n, batch_size, rng):
    order = np.roll(np.arange(n), rng.integers(n))
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "same-order",
    "Every epoch has the same order, and rng has no say in it: the order is made once and kept, or drawn "
    "with a generator or a seed that is made anew in every call.",
    "Call your function twice with the same rng and print what comes. Which line should give something new?",
)
def own_seed(n, batch_size, rng):
    rng = np.random.default_rng(0)
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


ORDERS: dict[int, np.ndarray] = {}


@variant("same-order")
def kept_order(n, batch_size, rng):
    if n not in ORDERS:
        ORDERS[n] = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield ORDERS[n][begin : begin + batch_size]


@variant("same-order")
def descending(n, batch_size, rng):
    order = np.arange(n)[::-1]
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "rng-copied",
    "A copy of the generator draws the order, so that rng itself does not go on: the next epoch has the same "
    "order again.",
    "A generator remembers where it is in its sequence. Who moves on, rng or your copy?",
)
def rng_copied(n, batch_size, rng):
    order = copy.deepcopy(rng).permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "global-random-state",
    "The order is drawn from NumPy's global random state, with np.random.…, not from rng. The batches are "
    "right, but the seed that the caller gave to rng has no effect, and nobody can repeat the run.",
    "Which name stands in front of the dot where you shuffle?",
)
def global_random_state(n, batch_size, rng):
    order = np.random.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "global-seed",
    "np.random.seed sets NumPy's global random state in every call: each epoch has the same order, and all "
    "other code that uses np.random is disturbed as well.",
    "Who should choose the seed, and what is the argument rng for?",
)
def global_seed(n, batch_size, rng):
    np.random.seed(0)
    order = np.random.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "global-seed-beside",
    "The order comes from rng, as it should, but NumPy's global random state is set or used as well. A "
    "function that sets it changes what all other code draws.",
    "What does your own order lose when the line that touches the global state is left out?",
)
def global_seed_beside(n, batch_size, rng):
    np.random.seed(42)
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@mistake(
    "other-generator",
    "The order is drawn from a generator of your own, or from Python's random, not from rng: two calls "
    "with the same seed give different batches.",
    "Which object's method shuffles, and where does it get its seed?",
)
def other_generator(n, batch_size, rng):
    order = np.random.default_rng().permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@variant("other-generator")
def python_random(n, batch_size, rng):
    order = list(range(n))
    random.Random().shuffle(order)
    for begin in range(0, n, batch_size):
        yield np.array(order[begin : begin + batch_size])
