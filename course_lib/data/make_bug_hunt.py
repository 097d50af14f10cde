"""Make the runs of the bug hunt: one run with each planted bug.

    python -m course_lib.data.make_bug_hunt

writes bug_hunt.json beside this file, in a few seconds.
"""

import json
from pathlib import Path

from course_lib.planted import BUGS, run

FILE = Path(__file__).with_name("bug_hunt.json")


def main() -> None:
    lines = [json.dumps(run(bug), ensure_ascii=False) for bug in BUGS]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
