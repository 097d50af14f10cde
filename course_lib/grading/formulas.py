"""Formulas as MathML, which a browser shows without a script and without a network."""

from functools import lru_cache
from html import escape

from math_core import LatexError, LatexToMathML

MOST = 2_000  # characters of a formula; what is nested costs the parser's stack
MOST_MADE = 50_000  # and of what it becomes
MOST_KEPT = 2_000  # formulas: an assignment's own, and the students' of late
# Beside what the library knows: what MathJax showed under these names.
_KNOWN_AS = {
    r"\mbox{": r"\text{",
    "{split}": "{aligned}",
    "{eqnarray}": "{align}",
    "{eqnarray*}": "{align*}",
    "{equation*}": "{gather*}",
}
# No macro that a formula defines is expanded: what it becomes could have any size and depth.
_CONVERTER = LatexToMathML(allow_unreliable_rendering=True, fancy_error=False, max_expansions=0)


@lru_cache(MOST_KEPT)
def mathml(latex: str, display: bool) -> str:
    """A formula for a page: MathML; or its source as code, where it cannot be converted."""
    text = latex.strip()
    for theirs, ours in _KNOWN_AS.items():
        text = text.replace(theirs, ours)
    try:
        made = _CONVERTER.convert_with_local_state(text, displaystyle=display) if len(text) <= MOST else ""
    except LatexError:
        made = ""
    if not 0 < len(made) <= MOST_MADE:
        return source(latex, display)
    if not display:
        return made
    # It may be wider than a telephone, and is then moved with the keyboard too.
    return f'<span class="wide" tabindex="0">{made}</span>'


def source(latex: str, display: bool) -> str:
    """A formula as it was written, as code."""
    mark = "$$" if display else "$"
    return f"<code>{escape(f'{mark}{latex}{mark}', quote=False)}</code>"
