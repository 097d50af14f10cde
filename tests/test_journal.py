"""The journal of grading: what it was told is there after a kill at any byte, a full disk, a second start."""

import shutil
import signal
import subprocess
import sys

import pytest

from course_lib.errors import CourseError
from course_lib.grading import journal
from course_lib.grading.journal import Run


def result(student, score=1.0, **more):
    return {
        "student": student,
        "digest": f"digest of {student}",
        "scores": {"unit": {"check": {"auto": score, "reason": "one line\nand another"}}},
        "notebooks": {"unit": "a large text"},
        **more,
    }


def kept(student, score=1.0):
    return {name: value for name, value in result(student, score).items() if name != "notebooks"}


def test_a_run_is_written_and_read_again(tmp_path):
    with journal.opened(tmp_path) as book:
        assert book.unfinished_run() is None and book.result("ada") is None
        run = book.begin(seed=7, assignment="abc")
        book.record(result("ada"))
        book.written("ada")
        book.record(result("ben", 0.5))
    with journal.opened(tmp_path) as book:
        assert book.unfinished_run() == run == Run(run.id, 7, "abc")
        assert (book.result("ada"), book.result("ben"), book.result("eve")) == (
            kept("ada"),
            kept("ben", 0.5),
            None,
        )
        assert [book.is_written(name) for name in ("ada", "ben", "eve")] == [True, False, False]
        book.end()
        assert book.unfinished_run() is None
    with journal.opened(tmp_path) as book:
        assert book.unfinished_run() is None
        assert (book.result("ada"), book.result("ben")) == (kept("ada"), kept("ben", 0.5))


def test_a_new_run_sees_the_results_of_the_one_before_as_earlier_ones(tmp_path):
    with journal.opened(tmp_path) as book:
        book.begin(7, "abc")
        book.record(result("ada"))
        book.written("ada")
        book.end()
        book.begin(8, "abc")
        assert book.result("ada") == kept("ada")
        assert book.is_written("ada")
        book.record(result("ada", 2.0))
        assert not book.is_written("ada"), "the new result is not in the gradebook"
        assert book.result("ada") == kept("ada", 2.0)


def test_cut_off_at_any_byte_all_before_is_there(tmp_path):
    """The state after a cut is that after the last whole record; and the journal goes on from there."""
    states = {}

    def state(book):
        names = ("ada", "ben", "eve")
        run = book.unfinished_run()
        return run, [(book.result(n), book.is_written(n)) for n in names]

    folder = tmp_path / "journal"
    with journal.opened(folder) as book:
        path = folder / journal.FILE
        states[0] = state(book)
        for step in (
            lambda: book.begin(7, "abc"),
            lambda: book.record(result("ada")),
            lambda: book.written("ada"),
            lambda: book.record(result("bén\ud800\n", 0.5)),
            lambda: book.record(result("ben", 0.5)),
            lambda: book.end(),
        ):
            step()
            states[path.stat().st_size] = state(book)
    whole = path.read_bytes()
    assert len(whole) in states and len(states) == 7
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        with journal.opened(folder) as book:
            assert state(book) == states[max(known for known in states if known <= size)]
            book.record(result("eve"))
        with journal.opened(folder) as book:
            assert book.result("eve") == kept("eve")


def test_what_was_recorded_before_a_kill_is_there(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom course_lib.grading import journal\n"
        "with journal.opened(Path(sys.argv[1])) as book:\n"
        "    book.begin(1, 'abc')\n"
        "    for number in range(10**6):\n"
        "        book.record({'student': str(number), 'text': 'x' * (number % 5000)})\n"
        "        print(number, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        lines = [process.stdout.readline() for _ in range(200)]
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        lines += [line for line in process.stdout if line.endswith(b"\n")]
    with journal.opened(tmp_path) as book:
        for line in lines:
            number = int(line)
            assert book.result(str(number)) == {"student": str(number), "text": "x" * (number % 5000)}
        assert book.unfinished_run().seed == 1


def test_damage_in_the_middle_is_named(tmp_path):
    with journal.opened(tmp_path) as book:
        book.begin(7, "abc")
        book.record(result("ada"))
        book.record(result("ben"))
    path = tmp_path / journal.FILE
    damaged = path.read_bytes().replace(b'{"result"', b"\0\0\0\0\0\0\0\0\0", 1)
    path.write_bytes(damaged)
    with (
        pytest.raises(CourseError, match=r"The journal .* is damaged: move it away"),
        journal.opened(tmp_path),
    ):
        pass
    assert path.read_bytes() == damaged


def test_only_one_grades_a_unit(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom course_lib.grading import journal\n"
        "with journal.opened(Path(sys.argv[1])):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "one")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"open"
        with pytest.raises(CourseError, match="Another 'course grade' works with"):
            journal.opened(tmp_path / "one").__enter__()
        with journal.opened(tmp_path / "two"):
            pass
        other.kill()
        other.wait()
        with journal.opened(tmp_path / "one"):
            pass


def test_a_full_disk_is_named_and_leaves_whole_records(tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with journal.opened(tmp_path) as book:
        book.begin(7, "abc")
        before = (tmp_path / journal.FILE).stat().st_size
        book.record(result("ada"))
        size = (tmp_path / journal.FILE).stat().st_size
        for room in range(size - before):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, hard))
            try:
                with pytest.raises(CourseError, match=r"journal.* cannot be written or read"):
                    book.record(result("ben"))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert (tmp_path / journal.FILE).stat().st_size == size
            assert (book.result("ben"), book.result("ada")) == (None, kept("ada"))
        book.record(result("ben"))
    with journal.opened(tmp_path) as book:
        assert (book.result("ada"), book.result("ben")) == (kept("ada"), kept("ben"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CourseError, match="cannot be written or read"),
        journal.opened(tmp_path / "file" / "unit"),
    ):
        pass


def test_it_is_made_anew_where_it_was_moved_away(tmp_path):
    with journal.opened(tmp_path / "unit") as book:
        book.begin(7, "abc")
    shutil.rmtree(tmp_path / "unit")
    with journal.opened(tmp_path / "unit") as book:
        assert book.unfinished_run() is None
