"""The command line of bubblewrap: what the sandbox sees of this machine.

The system and the Python environment, read-only, and a course_lib without answers. Next to nothing of /etc,
no home, no course, no network.
"""

import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import accounting
from course_lib.grading.inside.groups import MOUNT

NOBODY = 1_977_000_000  # a user and group id that no account has


def require() -> None:
    """Raise CourseError where bubblewrap is missing."""
    if shutil.which("bwrap") is None:
        raise CourseError(
            "bubblewrap is missing: install it (apt install bubblewrap), or choose --sandbox none, in which "
            "students' code can do all that you can."
        )


def user() -> int | None:
    """Whom the server is to become: where root starts it nobody, else it stays who it is."""
    return NOBODY if os.getuid() == 0 else None


def command(place: Path, masked: tuple[str, ...], away: tuple[Path, ...] = ()) -> list[str]:
    """What goes before the server's command.

    place: a folder with the sandbox's library in it; what else is needed is put there.
    masked: paths below site-packages that are to be hidden.
    away: files and folders that are to be hidden, wherever they lie. Raises CourseError where they cannot be.
    """
    empty, etc = place / "empty", place / "etc"
    empty.mkdir(exist_ok=True)
    etc.mkdir(exist_ok=True)
    number = user() or os.getuid()
    (etc / "passwd").write_text(f"student:x:{number}:{number}::/tmp:/bin/sh\n")
    (etc / "group").write_text(f"student:x:{number}:\n")
    for name in ("ld.so.cache", "localtime"):
        with suppress(OSError):  # not every system has it
            shutil.copyfile(f"/etc/{name}", etc / name)
    for path in place.rglob("*"):  # whatever root's umask says, nobody has to be able to read it
        path.chmod(0o755 if path.is_dir() else 0o644)
    options: list[str] = []

    def add(*words: object) -> None:
        options.extend(map(str, words))

    add("--ro-bind", "/usr", "/usr")
    for path in Path("/").iterdir():
        if re.fullmatch(r"bin|sbin|lib\w*", path.name):
            if path.is_symlink():
                add("--symlink", os.readlink(path), path)
            elif path.is_dir():
                add("--ro-bind", path, path)
    add("--perms", "1777", "--tmpfs", "/tmp")  # before what may lie below it
    for prefix in _outside_usr():
        options += _bound(prefix)
    emptied = _to_empty(away, [Path("/usr"), *_outside_usr()])
    for path in emptied:
        add("--perms", "0755", "--tmpfs", path)
    for prefix in _prefixes():
        if any(prefix.is_relative_to(path) for path in emptied):
            options += _bound(prefix)
    for path in emptied:
        add("--remount-ro", path)
    add("--ro-bind", place / "library", "/library", "--ro-bind", etc, "/etc")
    for name in ("alternatives", "fonts"):
        if Path("/etc", name).is_dir():
            (etc / name).mkdir(exist_ok=True)
            add("--ro-bind", f"/etc/{name}", f"/etc/{name}")
    for path in _to_mask(masked):
        add("--ro-bind", empty if path.is_dir() else os.devnull, path)
    # /dev/full is read as /dev/zero is, but cannot be mapped: shared pages of /dev/zero would be nobody's.
    add("--dev", "/dev", "--dev-bind", "/dev/full", "/dev/zero", "--remount-ro", "/dev")
    if accounting.lent():
        add("--bind", MOUNT, MOUNT)  # for the server; over it lies an empty folder in each run
    if user() is not None:
        # The server mounts /proc itself, then becomes nobody.
        add(
            "--dir",
            "/proc",
            "--cap-add",
            "CAP_SYS_ADMIN",
            "--cap-add",
            "CAP_SETUID",
            "--cap-add",
            "CAP_SETGID",
        )
    else:
        add("--proc", "/proc", "--unshare-user")
    add("--remount-ro", "/", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--as-pid-1")
    add("--chdir", "/", "--clearenv")
    for name, value in variables(Path("/library"), Path("/tmp")).items():
        add("--setenv", name, value)
    scope = accounting.COMMAND if accounting.lent() else ()
    return [*scope, "bwrap", *options, "--"]


def _bound(prefix: Path) -> list[str]:
    """Show it, read-only."""
    # bubblewrap itself would make the parents for its own user only
    made = [("--perms", "0755", "--dir", str(parent)) for parent in reversed(prefix.parents[:-1])]
    return [*(word for words in made for word in words), "--ro-bind", str(prefix), str(prefix)]


def _to_empty(away: tuple[Path, ...], shown: list[Path]) -> list[Path]:
    """The folders of what is to be hidden and would be seen, under each name that leads to them."""
    real = {
        path.resolve() if os.path.isdir(path) else path.resolve().parent
        for path in away
        if os.path.exists(path)
    }
    seen = sorted(
        {
            place / path.relative_to(place.resolve())
            for place in shown
            for path in real
            if path.is_relative_to(place.resolve())
        }
    )
    if clash := [path for path in seen if path in (Path("/usr"), *_prefixes())]:
        raise CourseError(
            f"The course lies in {clash[0]}, where Python itself lies: students' code could read it. Move "
            "the course to a folder of its own."
        )
    return [path for path in seen if not any(parent in seen for parent in path.parents)]


def _prefixes() -> list[Path]:
    """Where this Python and its environment lie."""
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    named.append(str(Path(os.path.realpath(sys.executable)).parent.parent))
    prefixes = {Path(name) for name in named} | {Path(os.path.realpath(name)) for name in named}
    return sorted(prefixes)


def _outside_usr() -> list[Path]:
    """Those that are not shown with /usr."""
    return [path for path in _prefixes() if not path.is_relative_to("/usr")]


def _to_mask(masked: tuple[str, ...]) -> Iterator[Path]:
    """What is visible in the places above but not for students."""
    roots = [Path("/usr"), Path("/usr/local"), *_outside_usr()]
    folders = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    folders |= {
        path
        for root in roots
        for lib in ("lib", "lib64")
        for path in (root / lib).glob("python3*/*-packages")
        if path.is_dir()
    }
    folders |= {path for root in roots[:2] for path in [root / "lib/python3/dist-packages"] if path.is_dir()}
    for folder in sorted({folder.resolve() for folder in folders}):
        for name in ("course_lib", *masked):
            if (folder / name).exists():
                yield folder / name
    exchange = Path("/usr/local/share/nbgrader")  # nbgrader's default place to hand in work
    if exchange.is_dir():
        yield exchange


def variables(library_folder: Path, home: Path) -> dict[str, str]:
    """The environment of the server; in bubblewrap there is no other."""
    folder = Path(sys.executable).parent
    return {
        "PATH": os.pathsep.join([str(folder), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(library_folder),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as Jupyter's kernel has it
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")},
    }
