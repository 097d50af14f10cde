"""What explorers are on any page: pictures, hands and controls, in the browser's own language.

A host gives it a model, as an anywidget has: `get` and `on` for controls, values, scene and backdrop, `set`
and `save_changes` for values. The parts are one module of JavaScript, whichever host loads it.
"""

import json
from pathlib import Path

from course_lib import texts

say = texts.beside(__file__)

_HERE = Path(__file__).parent
# From the ground up: drawing knows no controls, controls know no picture, the explorer joins them.
PARTS = ("words.js", "packing.js", "scene.js", "controls.js", "time.js", "hands.js", "explorer.js")
_WORDS = f"const WORDS = {json.dumps(say.all('words'), ensure_ascii=False)};\n"
SCRIPT = _WORDS + "\n".join((_HERE / part).read_text(encoding="utf-8") for part in PARTS)
STYLE = (_HERE / "explorer.css").read_text(encoding="utf-8")
