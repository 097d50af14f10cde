"""What programs and C code write to descriptors 1 and 2, past Python's sys.stdout and sys.stderr."""

import os
import tempfile

MOST = 2**17  # bytes that are kept of what has come since the last time


class Descriptor:
    """Leads a descriptor into a file without a name, and takes from there what has come."""

    def __init__(self, number: int) -> None:
        self._file, name = tempfile.mkstemp()
        writing = os.open(name, os.O_WRONLY | os.O_APPEND)
        os.dup2(writing, number)
        os.close(writing)
        if os.name == "posix":
            os.unlink(name)

    def taken(self) -> str:
        """The text that has come since the last time, at most the beginning of it."""
        try:
            if not os.fstat(self._file).st_size:
                return ""
            os.lseek(self._file, 0, os.SEEK_SET)
            text = os.read(self._file, MOST).decode("utf-8", "replace")
            os.ftruncate(self._file, 0)
        except OSError:  # the notebook has closed it
            return ""
        return text
