"""All benchmarks, one after the other: python bench, or make bench. bench/README.md says what each needs."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
failed = False
for script in sorted(HERE.glob("[a-z]*.py")):
    print(f"\n{script.stem.replace('_', ' ')}", flush=True)
    failed |= subprocess.run([sys.executable, script]).returncode != 0
sys.exit(failed)
