"""Quizzes: questions as data, shown as plain HTML.

The explanation of the chosen option appears through CSS alone (`:checked ~`), so a quiz needs no kernel and
no script: it works in JupyterLab, VS Code and Colab, and in an exported page. Where somebody sits at a live
notebook, the answers are remembered too (`progress`), and shown the next time.

A quiz file, `data/quizzes/NN_name.json` of this library, is a list of questions:

    {"id": "epsilon", "question": "Where does `ε` stand?",
     "options": [{"text": "…", "correct": true, "explanation": "…"}, …]}

Backticks mark code; everything else is plain text.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import HTML, display

from course_lib import progress, texts
from course_lib.errors import CourseError

say = texts.beside(__file__)

FOLDER = Path(__file__).parent / "data" / "quizzes"

# Colours: the theme's text on the theme's page, tinted only at borders, so that contrast is the theme's own.
STYLE = """
.course-quiz { --ink: var(--jp-content-font-color1, inherit); color: var(--ink); max-width: 46rem; }
.course-quiz fieldset { border: 1px solid color-mix(in srgb, currentColor 35%, transparent);
  border-radius: 6px; margin: 0 0 1rem; padding: .6rem 1rem .8rem; min-width: 0; }
.course-quiz legend { float: left; width: 100%; margin: 0 0 .2rem; padding: 0; border: 0;
  font-weight: 600; font-size: inherit; color: inherit; }
.course-quiz legend + .option { clear: both; }
.course-quiz .option { display: grid; grid-template-columns: 1.6rem 1fr; margin: .35rem 0; }
.course-quiz input { margin: .25rem 0 0; width: 1rem; height: 1rem; accent-color: currentColor; }
.course-quiz input:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.course-quiz label { cursor: pointer; line-height: 1.5; margin: 0; font-weight: inherit; }
.course-quiz .answer { grid-column: 2; }
.course-quiz .why { display: none; margin: .2rem 0 .3rem; padding: .1rem 0 .1rem .7rem; line-height: 1.5;
  border-left: 4px solid; }
.course-quiz .right { border-color: #1a9850; }
.course-quiz .wrong { border-color: #d95f02; }
.course-quiz input:checked ~ .answer .why { display: block; }
.course-quiz code { font-family: var(--jp-code-font-family, monospace); font-size: .92em; color: inherit;
  background: color-mix(in srgb, currentColor 9%, transparent); padding: 0 .25em; border-radius: 3px; }
@media print { .course-quiz fieldset { break-inside: avoid; } }
"""

# JupyterLab takes the arrow keys from a radio button unless the button itself carries this attribute.
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
NOTHING: Mapping[str, str] = {}
ID = re.compile(r"[A-Za-z0-9_-]+")


def show(unit: str, ids: Sequence[str] | None = None, again: bool = False) -> None:
    """Display the quiz of a unit such as "02_adaptive_optimizers", or only the questions with these ids.

    again: it is taken a second time; beside each answer stands whether it has changed.
    """
    questions = load(unit)
    if ids is not None:
        by_id = {question["id"]: question for question in questions}
        unknown = [name for name in ids if name not in by_id]
        if unknown:
            raise ValueError(
                f"The quiz of {unit} has no question {', '.join(unknown)}; it has {', '.join(by_id)}."
            )
        questions = [by_id[name] for name in ids]
    if not progress.live():
        display(HTML(html(questions, unit)))
        return
    name = f"{unit}-again" if again else unit
    display(HTML(html(questions, name, _remembered(unit, again), _remembered(unit) if again else {})))
    _listen(unit, questions, name, again)


def _remembered(unit: str, again: bool = False) -> dict[str, str]:
    """Question → the answer that was given last."""
    those, _ = progress.done()
    answers = progress.last_answers(those, again)
    return {question: each.answer for (quiz, question), each in answers.items() if quiz == unit}


def _listen(unit: str, questions: Sequence[Mapping[str, Any]], name: str, again: bool) -> None:
    """Hear from the page what is chosen in this quiz."""
    from course_lib import quiz_ear  # loading ipywidgets takes a while, and only a live notebook needs it

    asked = {question["id"]: question["options"] for question in questions}

    def note(question: str, number: int) -> None:
        option = asked[question][number]
        progress.answered(unit, question, option["text"], option["correct"], again)

    quiz_ear.listen(name, note)


def load(unit: str) -> list[dict[str, Any]]:
    """The questions of a unit; FileNotFoundError or ValueError says what is wrong and where."""
    path = FOLDER / f"{unit}.json"
    try:
        questions = texts.read(path)
    except FileNotFoundError:
        known = ", ".join(sorted(quiz.stem for quiz in FOLDER.glob("*.json")))
        raise FileNotFoundError(f"There is no quiz {unit!r}; there are {known}.") from None
    except CourseError as error:  # its message names the place
        raise ValueError(str(error)) from None
    found = problems(questions)
    if found:
        raise ValueError(f"{path}: {' '.join(found)}")
    return questions


def problems(questions: Any) -> list[str]:
    """What is wrong with the form of a quiz, as sentences that name the place; an empty list if nothing."""
    if not isinstance(questions, list) or not questions:
        return ["A quiz is a list of at least one question."]
    found = []
    seen = set()
    for number, question in enumerate(questions, start=1):
        place = f"Question {number}"
        if not isinstance(question, Mapping):
            found.append(f"{place} is not an object with id, question and options.")
            continue
        name = question.get("id")
        if not isinstance(name, str) or not ID.fullmatch(name):
            found.append(f"{place} needs an id of letters, digits, - or _.")
        else:
            place = f"Question {number} ({name})"
            if name in seen:
                found.append(f"{place} has the id of an earlier question.")
            seen.add(name)
        if not _is_text(question.get("question")):
            found.append(f"{place} has no text under 'question'.")
        found += [f"{place}{rest}" for rest in _option_problems(question.get("options"))]
    return found


def _option_problems(options: Any) -> list[str]:
    if not isinstance(options, list) or not all(isinstance(option, Mapping) for option in options):
        return [" needs a list of objects under 'options'."]
    found = []
    if len(options) < 2:
        found.append(" needs at least two options.")
    for number, option in enumerate(options, start=1):
        found += [
            f", option {number}, has no {key}."
            for key in ("text", "explanation")
            if not _is_text(option.get(key))
        ]
        if not isinstance(option.get("correct"), bool):
            found.append(f", option {number}, needs 'correct': true or false.")
    right = sum(option.get("correct") is True for option in options)
    if right != 1:
        found.append(f" has {right} right options instead of one.")
    texts = [option.get("text") for option in options]
    found += [
        f", option {n}, repeats an earlier option." for n, t in enumerate(texts, 1) if t in texts[: n - 1]
    ]
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def html(
    questions: Sequence[Mapping[str, Any]],
    unit: str = "quiz",
    chosen: Mapping[str, str] = NOTHING,
    before: Mapping[str, str] = NOTHING,
) -> str:
    """The quiz as one piece of HTML; `unit` and the question ids keep several quizzes on a page apart.

    chosen  question → the text of the option that is ticked at first
    before  question → the answer of an earlier time, which is told beside the answer of now
    """
    found = problems(questions)
    if found:
        raise ValueError(" ".join(found))
    body = "\n".join(
        _question_html(question, f"quiz-{unit}", chosen.get(question["id"]), before.get(question["id"]))
        for question in questions
    )
    return f'<style>{STYLE}</style>\n<div class="course-quiz" data-quiz="{escape(unit)}">\n{body}\n</div>'


def _question_html(question: Mapping[str, Any], quiz: str, chosen: str | None, before: str | None) -> str:
    options = "\n".join(
        _option_html(option, f"{quiz}-{question['id']}", number, option["text"] == chosen, before)
        for number, option in enumerate(question["options"])
    )
    legend = f"<legend>{_inline(question['question'])}</legend>"
    return f'<fieldset data-question="{escape(question["id"])}">{legend}\n{options}\n</fieldset>'


def _option_html(
    option: Mapping[str, Any], name: str, number: int, chosen: bool, before: str | None = None
) -> str:
    kind = "right" if option["correct"] else "wrong"
    key = f"{name}-{number + 1}"
    # The explanation stands in a live region: a screen reader speaks it when it appears, and not before.
    return (
        f'<div class="option"><input type="radio" name="{escape(name)}" id="{escape(key)}" value="{number}" '
        f"{OWN_KEYS}{' checked' if chosen else ''}>"
        f'<label for="{escape(key)}">{_inline(option["text"])}</label>'
        f'<div class="answer" role="status"><p class="why {kind}"><strong>{escape(say(kind))}</strong> '
        f"{_inline(option['explanation'])}{_since(option['text'], before)}</p></div></div>"
    )


def _since(text: str, before: str | None) -> str:
    """Whether this answer is another than before, where there was one."""
    if before is None:
        return ""
    return f" <em>{escape(say('same')) if text == before else say('other', before=_inline(before))}</em>"


def _inline(text: str) -> str:
    """Escaped text in which `backticks` mark code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd number of backticks: the last one is only a backtick
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(f"<code>{escape(part)}</code>" if i % 2 else escape(part) for i, part in enumerate(parts))
