"""What one looks up, docs/reference.md: units in short, formulas, their letters, the words of art: generated.

The formulas, where they come from and what PyTorch has for them stand in the docstrings of the textbook's
modules, units in short and the words in bold where a lecture has them. Beside these, `data/notation.toml`
says what the letters mean, and `data/emphasis.txt` which words are bold for another reason.
"""

import inspect
import posixpath
import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType

from course_lib import course_folder, initializers, layers, losses, notebooks, optimizers, schedules, texts

DATA = Path(__file__).parent / "data"
TEXTBOOK = {
    "Optimisers": optimizers,
    "Schedules": schedules,
    "Initialisers": initializers,
    "Layers": layers,
    "Losses": losses,
}
LETTER = re.compile(r"[^\W\d½¼]\w*\u0302?|∂")
RAISED = str.maketrans("", "", "²ᵀ")
# In lectures: what begins a line that introduces no words.
ASIDE = (">", "#", "|", "**When you are", "**Time**", "**Pitfalls**", "**Predict.**")
SENTENCES = re.compile(r"(?<=[.?!:])\s+(?=[A-Z(*])")
LINKED = re.compile(r"(?<=\]\()[\w./]+\.ipynb")
IN_SHORT = re.compile(r"^## In short\n+(.*?)\n+\*\*Pitfalls\*\*", re.MULTILINE | re.DOTALL)
BOLD = re.compile(r"\*\*([^*]+)\*\*")


@dataclass(frozen=True)
class Formula:
    """A formula of the textbook: whose, the first sentence on it, its lines, where it comes from, and what
    PyTorch has for it.
    """

    name: str
    says: str
    rule: str
    source: str
    pytorch: str

    @property
    def letters(self) -> list[str]:
        """The letters in it that the notation knows, in order."""
        known = notation()
        return [letter for letter in dict.fromkeys(tokens(self.rule)) if letter in known]


def tokens(rule: str) -> list[str]:
    """Letters and words of a formula, without powers; what a sum runs over, and a raised t, as well."""
    spread = rule.replace("Σ_", "Σ ").replace("ᵗ", " t")
    return [token.translate(RAISED) for token in LETTER.findall(spread)]


@dataclass(frozen=True)
class Word:
    """A word of art, with the sentence that introduces it and where that stands.

    place   below notebooks/, such as "02_adaptive_optimizers.ipynb" or "claims/02_adaptive_optimizers.ipynb"
    cell    the id of the cell
    """

    word: str
    sentence: str
    place: str
    cell: str

    @property
    def singular(self) -> str:
        """By which it is known: a word and its plural are one."""
        return re.sub(r"(?<![su])s$", "", self.word.lower())

    @property
    def unit(self) -> str:
        return self.place.removeprefix("claims/")[:2]


def notation() -> dict[str, str]:
    said: dict[str, str] = texts.read(DATA / "notation.toml")
    return said


def formulas(module: ModuleType) -> list[Formula]:
    """Those of a module's classes and functions whose docstring has one."""
    return [formula for formula in map(_formula, members(module)) if formula]


def members(module: ModuleType) -> list[type]:
    """Its own classes and functions, in order, but for those that are nobody else's concern."""
    own = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
    return [each for each in own if not each.__name__.startswith("_")]


def _formula(member: type) -> Formula | None:
    """A formula is set in, or the paragraph that says what η(t) or the one letter is."""
    first, *rest = paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(member.__doc__ or ""))
    set_in = [each for each in paragraphs if each.startswith("    ")]
    told = [each for each in rest if each.startswith("η(t) =")]
    source, pytorch = _behind("Source: ", paragraphs), _behind("PyTorch: ", paragraphs)
    if set_in or told:
        rule = inspect.cleandoc("\n".join(set_in or told))
        return Formula(member.__name__, " ".join(first.split()), rule, source, pytorch)
    if re.search(r"\b[Wy] [=~] ", first):  # in the sentence itself, which then says more of it
        rule, _, says = " ".join(first.split()).partition(": ")
        return Formula(member.__name__, says, rule, source, pytorch)
    return None


def _behind(word: str, paragraphs: list[str]) -> str:
    """What stands behind this word, to the end of its paragraph, in one line."""
    return next((" ".join(each.partition(word)[2].split()) for each in paragraphs if word in each), "")


def words(root: Path) -> list[Word]:
    """The words of art of the lectures and claims, in alphabetical order: each where it is first in bold."""
    emphasis = set((DATA / "emphasis.txt").read_text(encoding="utf-8").splitlines())
    found: dict[str, Word] = {}
    for word in chain.from_iterable(map(bold, pages(root))):
        if word.word.lower() not in emphasis:
            found.setdefault(word.singular, word)
    return [found[key] for key in sorted(found)]


def pages(root: Path) -> list[Path]:
    """The notebooks that introduce words, in the order of reading: a unit's path, then its claims."""
    folder = root / "notebooks"
    found = course_folder.pages(folder) + course_folder.pages(folder / "claims")
    return sorted(found, key=lambda path: (path.name, path.parent.name == "claims"))


def bold(page: Path) -> list[Word]:
    """What is bold in a notebook's sentences, up to four words that are no sentence of their own."""
    place = f"claims/{page.name}" if page.parent.name == "claims" else page.name
    cells = [cell for cell in notebooks.read(page).cells if cell.cell_type == "markdown"]
    lines = [
        (line, cell.id) for cell in cells for line in cell.source.splitlines() if not line.startswith(ASIDE)
    ]
    sentences = [(each.removeprefix("- "), cell) for line, cell in lines for each in SENTENCES.split(line)]
    return [
        Word(word, sentence, place, cell)
        for sentence, cell in sentences
        for word in BOLD.findall(sentence)
        if word[-1] not in ".?!:" and len(word.split()) <= 4 < len(sentence.split())
    ]


def page(root: Path) -> str:
    """The reference as Markdown, for the folder docs/."""
    meanings = notation()
    parts = "[In short](#in-short) · [Formulas](#formulas) · [Letters](#letters) · [Words](#words)"
    lines = ["# To look up", "", parts, "", "## In short"]
    for path in course_folder.pages(root / "notebooks"):
        lines += _in_short(path)
    lines += [
        "",
        "## Formulas",
        "",
        "Each as `course_lib` has it, where its code stands below the same lines.",
    ]
    users: dict[str, list[str]] = {letter: [] for letter in meanings}
    for title, module in TEXTBOOK.items():
        lines += ["", f"### {title}"]
        for formula in formulas(module):
            lines += ["", f"**{formula.name}**{f': {formula.says}' if formula.says else ''}", ""]
            lines += ["```", formula.rule, "```", ""]
            lines += [f"- {letter}: {meanings[letter]}" for letter in formula.letters]
            lines += ["", f"Source: {formula.source}"] if formula.source else []
            lines += ["", f"PyTorch: {formula.pytorch}"] if formula.pytorch else []
            for letter in formula.letters:
                users[letter].append(formula.name)
    lines += ["", "## Letters", "", "| letter | is | in |", "|---|---|---|"]
    lines += [
        f"| {letter} | {meaning} | {', '.join(users[letter])} |" for letter, meaning in meanings.items()
    ]
    lines += ["", "## Words", "", "Each in the sentence that introduces it, with its unit."]
    for word in words(root):
        lines += ["", f"**{word.word}** ([{word.unit}](../notebooks/{word.place})): {_plain(word)}"]
    return "\n".join(lines) + "\n"


def _in_short(path: Path) -> list[str]:
    """What a unit's path says of itself in short, if it does, below the unit's title."""
    written = "\n\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown")
    found = IN_SHORT.search(written)
    if not found:
        return []
    title = written.partition("\n")[0].removeprefix("# ")
    return ["", f"### [{title}](../notebooks/{path.name})", "", _from_docs(found[1], path.name)]


def _plain(word: Word) -> str:
    """The sentence, in which what was bold is so no more; where it goes on with a formula, an ellipsis."""
    text = _from_docs(word.sentence.replace("**", ""), word.place)
    return f"{text[:-1]} …" if text.endswith(":") else text


def _from_docs(text: str, place: str) -> str:
    """What stands at this place below notebooks/, with its links as they are from the folder docs/."""
    folder = f"../notebooks/{posixpath.dirname(place)}"
    return LINKED.sub(lambda to: posixpath.normpath(f"{folder}/{to[0]}"), text)
