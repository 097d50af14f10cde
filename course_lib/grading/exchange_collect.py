"""nbgrader's `collect` for an exchange into which students may put anything; nbgrader_config.py names it."""

import os
from glob import escape
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

from course_lib.grading import files

DEEPEST = 40  # folders in folders: copying them takes a call for each


class Collect(ExchangeCollect):
    """nbgrader's `collect`, which follows no links.

    Followed, a link that a student put into the exchange would bring into their submission, and with it into
    their feedback, whatever the instructor can read; and a pipe would end it for the whole class.
    """

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        if os.path.islink(src):
            self.log.error("%s is a link, and was left out", src)
            return
        found = list(files.entries(os.fsencode(src)))
        if any(inside.count(b"/") > DEEPEST for inside, _ in found):
            self.log.error("%s has folders more than %d deep, and was left out", src, DEEPEST)
            return
        odd = sorted({os.fsdecode(entry.name) for _, entry in found if _is_odd(entry)})
        if odd:
            self.log.warning("%s: left out, as it is no ordinary file: %s", src, ", ".join(map(ascii, odd)))
        ignored = self.coursedir.ignore
        self.coursedir.ignore = [*ignored, *map(escape, odd)]
        try:
            super().do_copy(src, dest, log)
        finally:
            self.coursedir.ignore = ignored


def _is_odd(entry: os.DirEntry[bytes]) -> bool:
    """Whether it is neither file nor folder."""
    return not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False)
