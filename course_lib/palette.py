"""The colours of all pictures, by what they stand for: what has a name has one colour across the course.

Each keeps a contrast of 3 (WCAG 2.2, 1.4.11) on a white page as well as on JupyterLab's dark one, but for
what fills a map. Those that meet in one picture differ in CIELAB, for normal and for colour-blind eyes; where
that cannot be, one of them is dashed, or its points have another shape. Methods always are
(`course_lib.strokes`).
"""

METHODS = {
    "SGD": "#3c6969",
    "Momentum": "#f06900",
    "Nesterov": "#a0461e",
    "AdaGrad": "#00a56e",
    "RMSprop": "#968ccd",
    "Adam": "#6932ff",
    "AdamW": "#7d41be",
    "BatchNorm": "#c34b96",
    "Dropout": "#6a7400",
}
INITIALISERS = {"σ = 0.01": "#326496", "σ = 1": "#e61919", "Xavier": "#0aa546", "He": "#cd69eb"}
SPLITS = {"training": "#2382c3", "validation": "#f5646e", "test": "#7d5f19"}
COLOURS = METHODS | INITIALISERS | SPLITS

# A reader's own: code, and the second of two.
YOURS, YOURS_TOO = "#ff2d78", "#967d0a"
# What is chosen or found, told from every method's colour and seen on every one of a map.
MARK = YOURS
# What has a name in one picture only, in the order in which they are told apart best.
OTHERS = ("#695aa5", "#c32d00", "#0fa587", "#b400ff")

# What fills a map. Dark is low. Perceptually even and monotone in lightness, so it survives greyscale and
# colour blindness.
HEAT = (
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#e1cc55",
    "#fee838",
)
PALE, ON_PALE = ("#dbe7e8", "#8fb3b5"), "#191919"  # two halves, and points on them
PAPER_INK = "#1a1a1a"  # of words and axes, where a figure has a page of its own
