"""The command `course`: work on the course, check a notebook, release assignments, grade a class.

Each command imports what it needs when it runs, so that none waits for the others' packages.
"""

import argparse
import io
import os
import sys
import sysconfig
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course_lib.course_folder import course_folder, is_copy
from course_lib.errors import CourseError


@dataclass(frozen=True)
class Command:
    """One subcommand: what it does, its arguments, and the function that returns the exit code."""

    summary: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], object] = lambda parser: None


def run_lab(options: argparse.Namespace) -> int:
    from course_lib import lab

    lab.start(course_folder(), options.port)
    return 0


def run_hub(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import hub

    root = course_folder()
    return hub.start(root, (options.folder or root / "scratch" / "hub").resolve(), options.port)


def run_check(options: argparse.Namespace) -> int:
    from course_lib import notebook_check

    passed = []
    failed_outside = False
    for finding in notebook_check.findings(options.notebook, options.timeout):
        print(finding.text, end="\n\n", flush=True)
        if finding.is_check:
            passed.append(finding.passed)
        else:
            failed_outside = True
    if not passed:
        raise CourseError(
            f'No check ran in {options.notebook}: a check is a cell such as check("adam", Adam).'
        )
    print(f"{sum(passed)} of {len(passed)} checks passed.")
    return 0 if all(passed) and not failed_outside else 1


def run_progress(options: argparse.Namespace) -> int:
    from course_lib import home

    print(home.text(course_folder()))
    return 0


def run_update(options: argparse.Namespace) -> int:
    from course_lib import update

    said = update.update(course_folder(), options.bundle)
    print("\n".join([*said, "The course is up to date; what you have written in it is still there."]))
    return 0


def run_release(options: argparse.Namespace) -> int:
    from course_lib import release

    root = course_folder()
    path = release.release(root, options.unit)
    print(f"assignments/ is up to date; the students' bundle is {path.relative_to(root)}.")
    return 0


def run_demo_class(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import demo_class

    root = course_folder()
    demo_class.run(root, (options.folder or root / "scratch" / "demo-class").resolve())
    return 0


def run_grade(options: argparse.Namespace) -> int:
    _require_grading()
    root = (options.course or course_folder()).resolve()
    print(f"Grading {options.unit} in {root} …", flush=True)
    from course_lib.grading.glance import looks_gradable
    from course_lib.grading.sandbox import Sandbox

    with ExitStack() as ends:
        early = None
        if not options.dask and looks_gradable(root, options.unit):
            # It takes as long to be warm as nbgrader takes to load.
            early = ends.enter_context(Sandbox(options.sandbox, None, away=(root,)))
        from course_lib.grading import grade
        from course_lib.grading.course import course

        return grade.run(
            course(root),
            grade.Options(
                unit=options.unit,
                students=tuple(options.students),
                workers=options.workers,
                dask=options.dask,
                sandbox=options.sandbox,
                recheck=options.recheck,
                force=options.force,
                cell_seconds=options.cell_seconds,
                seconds=options.seconds,
            ),
            early,
        )


def run_collect(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import collecting
    from course_lib.grading.course import course

    return collecting.run(
        course(options.course or course_folder()),
        options.file,
        options.unit,
        options.kind,
        options.worksheet,
        force=options.force,
    )


def run_return(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import returning
    from course_lib.grading.course import course

    return returning.run(
        course(options.course or course_folder()),
        returning.Options(
            unit=options.unit,
            worksheet=options.worksheet,
            column=options.column,
            out_of=options.out_of,
            percent=options.percent,
            cap=options.cap,
        ),
    )


def run_alike(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import alike
    from course_lib.grading.course import course

    return alike.run(course(options.course or course_folder()), options.unit)


def run_forget(options: argparse.Namespace) -> int:
    _require_grading()
    from course_lib.grading import forgetting
    from course_lib.grading.course import course

    return forgetting.run(course(options.course or course_folder()), options.unit, options.all, options.yes)


def _require_grading() -> None:
    if not Path(__file__).with_name("grading").is_dir():
        raise CourseError("There is no course_lib/grading here: classes are graded in the instructor's copy.")


def run_tidy(options: argparse.Namespace) -> int:
    from course_lib import address, answers, first_cell, home, ledger, minutes, notebooks, points, reference

    clean: dict[Path, bytes] = {}
    root = None if options.notebooks else course_folder()
    known = address.address(root) if root else None
    folders = [root / name for name in ("notebooks", "solutions")] if root else []
    for path in options.notebooks or [path for folder in folders for path in _notebooks_in(folder)]:
        notebook = notebooks.tidy(notebooks.read(path))
        if root:
            place = path.relative_to(root).as_posix().replace("solutions/", "assignments/", 1)
            notebook = first_cell.put_first_cell(notebook, PurePosixPath(place), known)
        if "solutions" in path.parts:
            notebook = answers.put_answers(points.put_written(notebook), path.stem[:2])
            notebook = minutes.put_time(notebook, minutes.of_assignment(notebook.cells, path.stem[:2]))
        elif path.parent.name in ("notebooks", "claims") and path.name != Path(home.LEDGER).name:
            notebook = minutes.put_time(notebook, minutes.of_lecture(notebook.cells))
        clean[path] = notebooks.to_bytes(notebook)
    if root and (root / "solutions").is_dir():
        guide = points.put_points(root).decode()
        clean[root / points.GUIDE] = address.put_links(known, points.GUIDE, guide).encode()
        if (root / "notebooks").is_dir():
            readme = minutes.put_times(root).decode()
            clean[root / address.README] = address.put_links(known, address.README, readme).encode()
            clean[root / home.LEDGER] = notebooks.to_bytes(ledger.page(root))
            clean[root / home.REFERENCE] = reference.page(root).encode()
    untidy = [path for path in clean if not path.is_file() or path.read_bytes() != clean[path]]
    for path in untidy:
        drift = "holds outputs, another answer, time, other points or another form than ours"
        print(f"{path}: {drift if options.check else 'tidied'}")
        if not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(clean[path])
    return 1 if options.check and untidy else 0


def _notebooks_in(folder: Path) -> list[Path]:
    found = folder.rglob("*.ipynb")
    return sorted(path for path in found if not is_copy(path) and ".ipynb_checkpoints" not in path.parts)


def _lab_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, help="port to serve on (default: 8888 or the next free one)")


def _hub_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8000, help="port to serve on (default: 8000)")
    parser.add_argument("--folder", type=Path, help="where its users' files go (default: scratch/hub)")


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", type=Path, help="the notebook to run")
    parser.add_argument("--timeout", type=float, default=60, help="seconds a cell may take (default: 60)")


def _release_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", nargs="?", help="a unit's number or name (default: all units)")


def _demo_class_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="where to make the scratch course (default: scratch/demo-class)",
    )


def _collect_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        help="what the learning platform gave you: its zip, or the folder it was unpacked to",
    )
    parser.add_argument("--unit", help="the unit's number or name (default: recognised by the notebooks)")
    parser.add_argument(
        "--force", action="store_true", help="for that unit, though the notebooks look like another's"
    )
    parser.add_argument(
        "--as",
        dest="kind",
        choices=("moodle", "canvas", "gradescope", "classroom", "folder"),
        help="where it is from (default: recognised); folder: one folder, or one file, per student",
    )
    parser.add_argument(
        "--worksheet",
        type=Path,
        metavar="FILE",
        help="Moodle's grading worksheet, which has the addresses, and when each handed in",
    )
    _course_argument(parser)


def _return_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", help="the unit's number or name")
    parser.add_argument(
        "--worksheet",
        type=Path,
        metavar="FILE",
        help="the platform's own file, to be filled: Moodle's grading worksheet, Canvas' gradebook, any CSV "
        "with the students' addresses or numbers (default: a table of our own)",
    )
    parser.add_argument("--column", help="the column for the grades (default: found by its name)")
    parser.add_argument(
        "--out-of", type=_points, metavar="POINTS", help="full marks (default: the sum of all points)"
    )
    parser.add_argument("--percent", action="store_true", help="per cent of full marks in place of points")
    parser.add_argument("--cap", action="store_true", help="nobody gets more than full marks")
    _course_argument(parser)


def _update_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundle",
        nargs="?",
        type=Path,
        metavar="FILE.zip",
        help="the new version (in a clone: git's)",
    )


def _forget_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unit", help="of this unit only: its number or name (default: of all)")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also what was handed in, scores, feedback and records (default: names and addresses)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _course_argument(parser)


def _grade_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", help="the unit's number or name")
    parser.add_argument(
        "--students",
        nargs="+",
        default=[],
        metavar="NAME",
        help='names, or patterns such as "a*" (default: all)',
    )
    parser.add_argument(
        "--workers", type=_count, default=os.cpu_count() or 1, help="processes (default: one per core)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask cluster do it")
    parser.add_argument(
        "--sandbox",
        choices=("bubblewrap", "none"),
        default="bubblewrap",
        help="none: where there is no bubblewrap (macOS, Windows); students' code then runs with your rights",
    )
    parser.add_argument(
        "--force", action="store_true", help="grade also what has not changed since it was graded"
    )
    parser.add_argument(
        "--recheck",
        action="store_true",
        help="grade again with the same seeds, write nothing, report differences",
    )
    _course_argument(parser)
    parser.add_argument(
        "--cell-seconds",
        type=_seconds,
        help="time for a cell (default: 30, or what nbgrader_config.py says of Execute.timeout)",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        help="time for a notebook (default: 240, or eight times a cell's where that is more)",
    )


def _alike_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", help="the unit's number or name")
    _course_argument(parser)


def _tidy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="default: all lectures and solutions, README.md and docs/"
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 if something would change"
    )


def _course_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--course", type=Path, help="the course's folder (default: where you are)")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"a number of processes is from 1 to 1000, not {text!r}")
    return int(text)


def _points(text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = 0.0
    if not 0 < points < 1e6:
        raise argparse.ArgumentTypeError(f"full marks are a number of points above 0, not {text!r}")
    return points


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"a time is a number of seconds above 0, not {text!r}")
    return seconds


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


COMMANDS = {
    "lab": Command("open JupyterLab on the course", run_lab, _lab_arguments),
    "hub": Command(
        "start a small JupyterHub with an instructor and two students, for trying", run_hub, _hub_arguments
    ),
    "check": Command(
        "run a notebook in a fresh kernel and print each check's report", run_check, _check_arguments
    ),
    "progress": Command("print what you have done of the course, and where to go on", run_progress),
    "update": Command(
        "bring this copy to a new version; what you have changed stays", run_update, _update_arguments
    ),
    "release": Command(
        "regenerate assignments/ and write the students' bundle", run_release, _release_arguments
    ),
    "demo-class": Command(
        "grade a simulated class with nbgrader and print the scores", run_demo_class, _demo_class_arguments
    ),
    "collect": Command(
        "put the submissions from a learning platform's zip into submitted/", run_collect, _collect_arguments
    ),
    "grade": Command("grade a class: fast, in a sandbox, losing nothing", run_grade, _grade_arguments),
    "return": Command(
        "write scores and feedback as the learning platform takes them back", run_return, _return_arguments
    ),
    "alike": Command(
        "list whose graded work shares what few others have, for a person to read",
        run_alike,
        _alike_arguments,
    ),
    "forget": Command(
        "delete the students' names and addresses, or all of a class", run_forget, _forget_arguments
    ),
    "tidy": Command(
        "bring notebooks into the repository's form: answers, times, no outputs; and the documents' tables",
        run_tidy,
        _tidy_arguments,
    ),
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="course", description="Work with the course on how neural networks are optimised."
    )
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.summary, description=command.summary)
        command.arguments(subparser)
        subparser.set_defaults(run=command.run)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 for success, 1 for what failed or is missing, 2 for misuse."""
    prepare_process()
    options = parser().parse_args(arguments)
    if not hasattr(options, "run"):
        parser().print_help()
        return 0
    try:
        return options.run(options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("course_lib"):
            raise
        print(
            f"{error.name} is not installed here: in the course's folder, 'python bootstrap.py' installs it; "
            "in an environment of your own, 'pip install \"course_lib[lab]\"'.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130


def prepare_process() -> None:
    """Let tools of this environment be found without activating it, and ✓ and θ be printed on any console.

    Kernels compute with one BLAS thread: for the course's small matrices a second one gains little, and on
    busy cores the two wait for each other (a lecture of 76 s then took 307 s).
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", "")
    # This environment's kernel, not one of the same name elsewhere.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
