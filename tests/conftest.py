"""What all tests share: figures without a screen, the tools of this environment on PATH, one BLAS thread."""

from course_lib import cli

cli.prepare_process()  # before NumPy is loaded, which reads the number of threads once

import matplotlib  # noqa: E402

matplotlib.use("Agg")
