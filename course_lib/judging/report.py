"""A report: what the verdict says, as text and as HTML."""

from dataclasses import dataclass, field
from html import escape

from course_lib import __version__, texts
from course_lib.judging.exercise import Result

say = texts.beside(__file__)

MIME = "application/vnd.course-check+json"


@dataclass(frozen=True)
class CaseReport:
    """A case's name, which is the same in each language, and its title, which is shown."""

    name: str
    passed: bool
    message: str
    title: str = ""

    @property
    def shown(self) -> str:
        return self.title or self.name

    def told(self, shown: str) -> str:
        """Whether it passes, in words. shown: its title, as it is to be set."""
        return say("passes" if self.passed else "fails", case=shown)


@dataclass(frozen=True)
class Diagnosis:
    """Why it fails: an id (None where no misconception explains it), a title, what went wrong, and a
    hint if there is one. Each line of a text is a paragraph."""

    id: str | None
    title: str
    text: str
    hint: str = ""


@dataclass(frozen=True, repr=False)
class Report:
    """The result of a check. As the value of a cell it shows one line only; `check` has shown the whole.

    result: what the verdict found, from which a picture can be made
    pytorch: PyTorch's line for the same, where all cases pass and there is one
    """

    exercise: str
    title: str
    cases: tuple[CaseReport, ...]
    diagnosed: Diagnosis | None = None
    notes: tuple[str, ...] = ()
    picture: str | None = field(default=None, compare=False)
    result: Result | None = field(default=None, compare=False)
    pytorch: str = ""

    @property
    def passed(self) -> bool:
        return all(case.passed for case in self.cases)

    @property
    def score(self) -> float:
        """The share of cases that pass, between 0 and 1."""
        return sum(case.passed for case in self.cases) / len(self.cases)

    @property
    def diagnosis(self) -> str | None:
        """The id of what went wrong, if it is known."""
        return self.diagnosed.id if self.diagnosed else None

    def points(self, most: float) -> float:
        """The points that the score brings, a plain float between 0 and `most`."""
        return float(most) if self.passed else min(round(float(most) * self.score, 2), float(most))

    def __repr__(self) -> str:
        return f"<{self.exercise}: {self._counted()}>"

    def _counted(self) -> str:
        return say("counted", passed=sum(case.passed for case in self.cases), cases=len(self.cases))

    def headline(self, most: float | None = None) -> str:
        counted = self._counted()
        if most is None:
            return f"{self.title}: {counted}"
        return say("with-points", title=self.title, counted=counted, points=self.points(most), most=most)

    def data(self, most: float | None = None) -> dict[str, object]:
        """The report as JSON."""
        return {
            "course_version": __version__,
            "exercise": self.exercise,
            "passed": self.passed,
            "score": self.score,
            "points": None if most is None else self.points(most),
            "max_points": None if most is None else float(most),
            "diagnosis": self.diagnosis,
            "cases": [{"name": c.name, "passed": c.passed, "message": c.message} for c in self.cases],
        }

    def text(self, most: float | None = None) -> str:
        lines = [self.headline(most)]
        if self.diagnosed:
            lines += _titled(self.diagnosed.title, self.diagnosed.text)
            lines += _titled(say("hint"), self.diagnosed.hint) if self.diagnosed.hint else []
        for case in self.cases:
            lines.append(f"  {'✓' if case.passed else '✗'} {case.told(case.shown)}")
            if case.message:
                lines.append(f"      {case.message}")
        lines += [f"  {say('note', note=note)}" for note in self.notes]
        lines += [f"  {say('pytorch', line=self.pytorch)}"] if self.pytorch else []
        return "\n".join([*lines, f"  {say('version', version=__version__)}"])

    def html(self, most: float | None = None) -> str:
        """One block that needs nothing from outside, in the colours of the page around it."""
        parts = [f'<p style="margin:0 0 .4em;font-weight:600">{escape(self.headline(most))}</p>']
        if self.diagnosed:
            parts.append(_diagnosis(self.diagnosed))
        if self.picture:
            parts.append(self.picture)
        parts.append('<ul style="list-style:none;margin:0;padding:0">')
        parts += [_case(case) for case in self.cases]
        parts.append("</ul>")
        parts += [f'<p style="margin:.6em 0 0;opacity:.85">{escape(note)}</p>' for note in self.notes]
        if self.pytorch:
            line = say("pytorch", line=f"<code>{escape(self.pytorch)}</code>")
            parts.append(f'<p style="margin:.6em 0 0">{line}</p>')
        version = escape(say("version", version=__version__))
        parts.append(f'<p style="margin:.6em 0 0;font-size:.85em;opacity:.75">{version}</p>')
        colour = GREEN if self.passed else RED
        style = (
            f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0;max-width:52em;line-height:1.45"
        )
        return f'<div class="course-check" style="{style}">{"".join(parts)}</div>'

    def bundle(self, most: float | None = None) -> dict[str, object]:
        """What a notebook displays."""
        return {"text/plain": self.text(most), "text/html": self.html(most), MIME: self.data(most)}


# Of middle lightness: each stands out from a white page and from a black one.
GREEN = "#1a8f4c"
RED = "#d5552e"


def _case(case: CaseReport) -> str:
    mark, colour = ("✓", GREEN) if case.passed else ("✗", RED)
    message = f'<br><span style="opacity:.9">{escape(case.message)}</span>' if case.message else ""
    return (
        f'<li style="margin:.15em 0;padding-left:1.6em;text-indent:-1.6em"><span aria-hidden="true" '
        f'style="color:{colour};font-weight:700;display:inline-block;width:1.6em;text-indent:0">{mark}</span>'
        f"{case.told(f'<b>{escape(case.shown)}</b>')}{message}</li>"
    )


def _titled(title: str, text: str) -> list[str]:
    """A single paragraph stands beside its title, several below it."""
    paragraphs = text.split("\n")
    if len(paragraphs) == 1:
        return [f"  {title}: {text}"]
    return [f"  {title}:", *(f"    {paragraph}" for paragraph in paragraphs)]


def _paragraphs(text: str) -> str:
    return "".join(f'<p style="margin:.3em 0 0">{escape(paragraph)}</p>' for paragraph in text.split("\n"))


def _diagnosis(diagnosed: Diagnosis) -> str:
    hint = (
        f'<details style="margin-top:.4em"><summary style="cursor:pointer">{escape(say("a-hint"))}</summary>'
        f"{_paragraphs(diagnosed.hint)}</details>"
        if diagnosed.hint
        else ""
    )
    return (
        '<div style="border:1px solid rgba(128,128,128,.5);border-radius:6px;'
        'padding:.5em .8em;margin:.7em 0 .3em">'
        f'<p style="margin:0;font-weight:600">{escape(diagnosed.title)}</p>'
        f"{_paragraphs(diagnosed.text)}{hint}</div>"
    )
