"""Make the random forests of lecture 03: what each of their trees answers for the validation digits.

    python -m course_lib.data.make_forests

writes forests.json beside this file, in a few seconds. scikit-learn grows the trees, on the lecture's 400
digits, of which 80 have a wrong label.
"""

import json
from pathlib import Path

from course_lib import datasets
from course_lib.careless import careless_digits

CHOICES = (64, 8)  # features that a split may choose from
TREES = 50


def main() -> None:
    from sklearn.ensemble import RandomForestClassifier

    data, x_val = careless_digits(), datasets.digits().x_val
    forests = {}
    for choice in CHOICES:
        forest = RandomForestClassifier(TREES, max_features=choice, random_state=0).fit(data.x, data.given)
        answers = [tree.predict(x_val).astype(int) for tree in forest.estimators_]
        forests[choice] = ["".join(map(str, row)) for row in answers]
    path = Path(__file__).with_name("forests.json")
    path.write_text(json.dumps(forests, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
