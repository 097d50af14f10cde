"""The font of formulas, STIX Two Math (SIL Open Font License 1.1), and its licence."""

from pathlib import Path

from npm import files_of

PACKAGE = "@fontsource/stix-two-math@5.3.0"
INTEGRITY = "sha512-negoeozw6VSXjZMozwKRSm/dhCQT62csZcuea9I8KYqPaZq/8KbbBBrA02ZHF7AyuR5mVML/p+q0bwFuSIf2GQ=="
FILES = {
    "files/stix-two-math-latin-400-normal.woff2": "stix-two-math.woff2",
    "LICENSE": "stix-two-math-licence.txt",
}


def font(kept: Path) -> dict[str, bytes]:
    """Name → content; fetched once, then taken from the folder in which they are kept."""
    if not all((kept / name).exists() for name in FILES.values()):
        found = files_of(PACKAGE, INTEGRITY)
        kept.mkdir(parents=True, exist_ok=True)
        for inside, name in FILES.items():
            (kept / name).write_bytes(found[inside])
    return {name: (kept / name).read_bytes() for name in FILES.values()}
