"""How colours are seen: contrast, and distance by normal and by colour-blind eyes."""

from functools import cache

import numpy as np

from course_lib.scene import Bars, Line, Pictures, Points

# Simulated colour vision, linear RGB → linear RGB, at full severity: Machado, Oliveira & Fernandes (2009).
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# Linear sRGB → XYZ (IEC 61966-2-1).
XYZ = np.array(
    [(0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)]
)
FAR = 24.0  # in CIELAB: apart at a glance, in a thin line too


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG's ratio of luminances."""
    low, high = sorted((XYZ @ linear(colour))[1] + 0.05 for colour in (one, other))
    return high / low


@cache
def cielab(colour, vision):
    seen = np.clip(np.asarray(VISION[vision]) @ linear(colour), 0, 1)
    x, y, z = XYZ @ seen / [0.95047, 1.0, 1.08883]
    fx, fy, fz = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def distance(one, other, vision="normal"):
    return float(np.linalg.norm(cielab(one, vision) - cielab(other, vision)))


def confused(panel):
    """Pairs of colours in a panel that look alike: to normal eyes, or to others where form does not help."""
    forms = {}
    for layer in (*panel.backdrop, *panel.layers):
        if isinstance(layer, Line | Points | Bars) and layer.colour.startswith("#"):
            form = type(layer), getattr(layer, "dashed", None), getattr(layer, "shape", None)
            forms.setdefault(layer.colour, set()).add(form)
        for colour in layer.colours if isinstance(layer, Pictures) else ():
            if colour.startswith("#"):
                forms.setdefault(colour, set()).add(Pictures)
    return [
        (one, other, vision)
        for one in forms
        for other in forms
        for vision in VISION
        if one < other and (vision == "normal" or forms[one] & forms[other])
        if distance(one, other, vision) < FAR
    ]
