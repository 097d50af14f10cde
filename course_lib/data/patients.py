"""What the clinic's patients were made with, and what can ail them: see `course_lib.data.make_clinic`."""

from pathlib import Path

FILE = Path(__file__).with_name("clinic.json")
CLASSES = 10
UPDATES, EVERY = 300, 10

HEALTHY = "nothing: it is healthy"
AT_TEST = "test mode normalises with the batch"
NEVER_UPDATED = "running statistics are never updated"
NO_EPSILON = "batch normalisation has no ε"
NO_MEAN_PATH = "no gradient through the batch's mean"
NOT_RESCALED = "dropout does not rescale what it keeps"
STILL_DROPPING = "dropout still drops in test mode"
NOT_CORRECTED = "Adam has no bias correction"
TOO_FAST = "the learning rate is 1, whatever is set"
FAN_OUT = "He's scale has fan_out, not fan_in"
NOT_SHUFFLED = "the mini-batches are not shuffled"
PENALTY_SIGN = "the L2 gradient has the wrong sign"
CAUSES = (
    HEALTHY,
    AT_TEST,
    NEVER_UPDATED,
    NO_EPSILON,
    NO_MEAN_PATH,
    NOT_RESCALED,
    STILL_DROPPING,
    NOT_CORRECTED,
    TOO_FAST,
    FAN_OUT,
    NOT_SHUFFLED,
    PENALTY_SIGN,
)
