"""One colour per method, across all pictures of the course."""

# The optimisers' colours keep a CIELAB distance of at least 25 from each other, for normal and colour-blind
# eyes (protanopia, deuteranopia, tritanopia), and show on a white page as well as on a black one.
COLOURS = {
    "SGD": "#24696d",
    "Momentum": "#f66e0d",
    "Nesterov": "#9e441e",
    "AdaGrad": "#16ac77",
    "RMSprop": "#978fd1",
    "Adam": "#662cfa",
    "AdamW": "#7742be",
    "BatchNorm": "#b9115c",
    "Dropout": "#6a7400",
}

# The second of two relatives is dashed: their colours are relatives, too.
DASHED = frozenset({"Nesterov", "AdamW"})
