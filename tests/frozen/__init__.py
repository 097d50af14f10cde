"""What the course once said, held fast: of programs its verdicts and words, what is hidden and released, and
what lectures found of what is often taught.

`programs` never change. `recorded` is what was said of them; `changed.toml` lists what is said otherwise now,
each time with the reason. `asking` is the one place that knows how the course is asked.
"""
