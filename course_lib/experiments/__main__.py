"""Make runs and store them: python -m course_lib.experiments [--missing] NAME …"""

import sys

from course_lib import experiments

MISSING = "--missing"


def main(asked: list[str]) -> int:
    known = experiments.names()
    missing = asked[:1] == [MISSING]
    asked = asked[missing:]
    if not asked or set(asked) - set(known):
        print(f"Name experiments to make and store, of these: {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in asked:
        print(f"{name} is stored in {experiments.add(name) if missing else experiments.store(name)}.")
    return 0


if __name__ == "__main__":  # not in the processes that make the runs
    sys.exit(main(sys.argv[1:]))
