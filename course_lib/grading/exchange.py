"""What nbgrader's exchange lays beside a submission, carried to where its feedback looks for it."""

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from course_lib.grading import submission
from course_lib.grading.files import write

SECRET = "submission_secret.txt"  # under a name made from it, a page waits for its student
MOST_BYTES = 1000  # nbgrader's own has 128


def carry(folders: Iterable[tuple[Path, Path, Path]]) -> None:
    """Make `nbgrader release_feedback` possible, which stops at the first page without secret or time.

    folders  submitted, autograded and feedback folder of each student. Where nobody handed in with a secret,
             none is written (ngshare has none); where somebody did, who came another way gets one that nobody
             knows, so that their page is released to nobody and stops none of the others.

    Both files hold what a student may have written: the secret is carried as a short line of plain
    characters, the time where it is believed, or not at all. Raises CourseError where one cannot be written.
    """
    found = {places: _line(places[0] / SECRET) for places in folders}
    with_secrets = any(found.values())
    for (handed_in, graded, pages), secret in found.items():
        if not pages.is_dir():
            continue
        time = _line(handed_in / submission.TIMESTAMP)
        believed, _ = submission.time_of(time.encode())
        if with_secrets:
            secret = secret or _line(pages / SECRET) or secrets.token_hex(64)
            _put(graded / SECRET, secret)
            _put(pages / SECRET, secret)
        if with_secrets or believed:
            _put(pages / submission.TIMESTAMP, time if believed else "")


def _put(path: Path, line: str) -> None:
    if not path.exists() or _line(path) != line:
        write(path, line)


def _line(path: Path) -> str:
    """The only line of a small file; "" where it is anything else, or not there."""
    content, _ = submission.read_file(os.fsencode(path), MOST_BYTES)
    line = (content or b"").decode("ascii", "replace").strip()
    return line if re.fullmatch(r"[ -~]+", line) else ""
