"""Draw the signals that the capstone's students work with: python -m course_lib.data.make_capstone

writes capstone.npz beside this file. What a check draws is drawn anew, of other shapes.
"""

from pathlib import Path

import numpy as np

from course_lib.exercises.capstone import task

FILE = Path(__file__).with_name("capstone.npz")
SEED = 0


def main() -> None:
    train, val, _ = task.plain(SEED)
    np.savez_compressed(FILE, x_train=train.x, y_train=train.y, x_val=val.x, y_val=val.y)


if __name__ == "__main__":
    main()
