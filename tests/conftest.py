"""What all tests share: figures without a screen, and the tools of this environment on PATH."""

import matplotlib

from course_lib import cli

matplotlib.use("Agg")
cli.prepare_process()
