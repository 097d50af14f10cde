"""nbgrader's `collect` for an exchange into which students may put anything; nbgrader_config.py names it."""

import os
import stat
from glob import escape
from typing import Any

from nbgrader.exchange.default import ExchangeCollect


class Collect(ExchangeCollect):
    """nbgrader's `collect`, which follows no links.

    Followed, a link that a student put into the exchange would bring into their submission, and with it into
    their feedback, whatever the instructor can read; and a pipe would end it for the whole class.
    """

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        if os.path.islink(src):
            self.log.error("%s is a link, and was left out", src)
            return
        odd = sorted(_odd(src))
        if odd:
            self.log.warning("%s: left out, as it is no ordinary file: %s", src, ", ".join(map(ascii, odd)))
        ignored = self.coursedir.ignore
        self.coursedir.ignore = [*ignored, *map(escape, odd)]
        try:
            super().do_copy(src, dest, log)
        finally:
            self.coursedir.ignore = ignored


def _odd(folder: str) -> set[str]:
    """The names of all below a folder that is neither file nor folder."""
    return {
        name
        for place, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if not stat.S_ISREG(mode := os.lstat(os.path.join(place, name)).st_mode) and not stat.S_ISDIR(mode)
    }
