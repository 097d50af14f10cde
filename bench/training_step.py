"""A training step of the course's networks against PyTorch eager: loss, gradient and Adam's update.

    python bench/training_step.py [--torch PYTHON] [--threads 1 2] [--rounds 41]

Both sides do the same work on the same numbers with the same number of threads. They are measured in turn, so
that whatever else the machine does meets both. A round's ratio is PyTorch's time over ours; printed are the
medians, and between which ratios the middle half of the rounds lies. Aims: 5, 2 and 1 times as fast.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_TORCH = """\
training_step.py compares with PyTorch, which is not a part of the course's environment. Make one of its own:
    python3 -m venv torch-env && torch-env/bin/pip install torch==2.13.0 numpy
    make bench TORCH=torch-env/bin/python"""

# Layer sizes, batch size, how many times as fast as PyTorch we aim to be.
NETWORKS = [
    ((64, 64, 10), 32, 5),
    ((64, 128, 128, 10), 64, 2),
    ((784, 256, 128, 10), 64, 1),
]
ROUND = 0.03  # seconds that each side works in a round, about


def ours(sizes, x, labels):
    """A function that makes one training step of a ReLU network with our code."""
    import numpy as np

    from course_lib.layers import Dense, ReLU
    from course_lib.network import Network
    from course_lib.optimizers import Adam

    layers = [layer for fans in pairwise(sizes) for layer in (Dense(*fans), ReLU())]
    network = Network(layers[:-1])
    theta = network.initialize(np.random.default_rng(0), x.dtype)
    optimizer = Adam()

    def step():
        nonlocal theta
        _, gradient = network.loss_and_gradient(theta, x, labels)
        theta = optimizer.step(theta, gradient)

    return step


def theirs(sizes, x, labels):
    """The same with PyTorch."""
    import torch

    x, labels = torch.from_numpy(x), torch.from_numpy(labels)
    linear = partial(torch.nn.Linear, dtype=x.dtype)
    layers = [layer for fans in pairwise(sizes) for layer in (linear(*fans), torch.nn.ReLU())]
    network = torch.nn.Sequential(*layers[:-1])
    loss_function = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters())

    def step():
        optimizer.zero_grad()
        loss_function(network(x), labels).backward()
        optimizer.step()

    return step


def seconds(step, repetitions):
    """How long one step takes, as the mean of some."""
    begin = time.perf_counter()
    for _ in range(repetitions):
        step()
    return (time.perf_counter() - begin) / repetitions


def measure(threads, rounds):
    """Print a line for each network and number type."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    sys.path.insert(0, str(ROOT))
    print(f"{threads} thread{'s' * (threads > 1)}, PyTorch {torch.__version__}, NumPy {np.__version__}")
    for sizes, batch, aim in NETWORKS:
        for dtype in ("float32", "float64"):
            rng = np.random.default_rng(1)
            x, labels = rng.normal(size=(batch, sizes[0])).astype(dtype), rng.integers(0, 10, batch)
            steps = ours(sizes, x, labels), theirs(sizes, x, labels)
            repetitions = [max(1, int(ROUND / seconds(step, 20))) for step in steps]
            times = [[seconds(*pair) for pair in zip(steps, repetitions, strict=True)] for _ in range(rounds)]
            ratios = [their_time / our_time for our_time, their_time in times]
            low, middle, high = statistics.quantiles(ratios, n=4)
            our_time, their_time = (1e6 * statistics.median(column) for column in zip(*times, strict=True))
            name = "-".join(map(str, sizes))
            print(
                f"  {name:15} batch {batch}  {dtype}  ours {our_time:5.0f} µs  PyTorch {their_time:5.0f} µs  "
                f"ratio {middle:.2f} ({low:.2f} to {high:.2f}), aim {aim}",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    torch = os.environ.get("TORCH") or sys.executable
    where = "a Python with PyTorch and NumPy; the environment variable TORCH names it too"
    parser.add_argument("--torch", default=torch, metavar="PYTHON", help=where)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)  # what a child process does
    options = parser.parse_args()
    if options.measure:
        if find_spec("torch") is None:
            sys.exit(WITHOUT_TORCH)
        return measure(options.threads[0], options.rounds)
    if shutil.which(options.torch) is None:
        sys.exit(f"There is no Python at {options.torch}; --torch or TORCH names one with PyTorch.")
    for threads in options.threads:  # BLAS reads its number of threads once, when it is loaded
        limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
        child = [options.torch, __file__, "--measure", "--threads", threads, "--rounds", options.rounds]
        done = subprocess.run(list(map(str, child)), env=os.environ | limits)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
