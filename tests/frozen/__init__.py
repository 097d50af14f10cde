"""What the checks once said, held fast: programs, verdicts, words, and what is hidden and released.

`programs` never change. `recorded` is what was said of them; `changed.toml` lists what is said otherwise now,
each time with the reason. `asking` is the one place that knows how the checks are asked.
"""
