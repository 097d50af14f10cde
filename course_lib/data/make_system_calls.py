"""Make system_calls.json: the numbers of Linux' system calls on x86-64 and ARM64, from the kernel's headers.

    python -m course_lib.data.make_system_calls

Run it where the headers of a newer kernel are installed (Debian: linux-libc-dev). x86-64's are in
asm/unistd_64.h; ARM64 has those of asm-generic/unistd.h, which names some as they are on 64 bits at its end.
"""

import json
import re
from pathlib import Path

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
TABLE = Path(__file__).with_name("system_calls.json")


def numbers(header: str) -> dict[str, int]:
    """Name → number, of a header's text."""
    known = {
        name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", header)
    }
    for name, other in re.findall(r"#define __NR_(\w+) __NR3264_(\w+)", header):
        if other in known:  # stat and lstat are on neither
            known.setdefault(name, known[other])
    known.pop("syscalls", None)  # how many there are
    return known


def table() -> dict[str, dict[str, int]]:
    return {machine: numbers(path.read_text(encoding="utf-8")) for machine, path in HEADERS.items()}


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
