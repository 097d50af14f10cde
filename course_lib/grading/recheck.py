"""Whether grading again, with the same seeds, gives the same."""

from collections.abc import Iterator

from tqdm import tqdm

from course_lib.grading import gradebook, outcomes
from course_lib.grading.outcomes import Result
from course_lib.grading.work import Work, results


def run(work: Work) -> int:
    """Grade again with the same seeds, write nothing, and report what differs from the journal and from the
    gradebook; 1 where something does."""
    jobs = []
    for student in work.students:
        if known := work.known(work.job(student, 0)):
            jobs.append(work.job(student, known["seed"]))
        else:
            print(f"{student}: not graded as it is now; 'course grade {work.unit}' does that first.")
    different = 0
    with (
        gradebook.opened(work.course, work.unit) as book,
        tqdm(total=len(jobs), unit=" submissions", desc=f"{work.unit}, again") as bar,
    ):
        for job, result in results(work, iter(jobs)):
            before = work.journal.result(job.student)
            assert before
            for line in _differences(before, result, book.automatic(job.student)):
                different += 1
                bar.write(f"{job.student}, {line}")
            bar.update()
    print(f"{len(jobs)} submissions graded again with the same seeds: {different or 'no'} differences.")
    return 1 if different or len(jobs) < len(work.students) else 0


def _differences(before: Result, now: Result, entered: dict[str, dict[str, float | None]]) -> Iterator[str]:
    for name, cells in now["scores"].items():
        for grade_id, score in cells.items():
            cell = outcomes.named(name, grade_id, now["scores"])
            other = before["scores"].get(name, {}).get(grade_id, {})
            for what in ("auto", "diagnosis", "reason"):
                if score[what] != other.get(what):
                    yield f"{cell}: {what} was {other.get(what)!r} and is {score[what]!r}."
            if (in_book := entered.get(name, {}).get(grade_id)) != score["auto"]:
                yield f"{cell}: the gradebook has {in_book!r}; it is {score['auto']!r}."
