"""A class of submissions, from files to scores and feedback. For instructors: students do not receive it."""

import sys

# jsonschema, which nbformat needs, compiles a grammar of addresses when it is imported: a second for each
# process, for a format that no notebook has. Where the grammar is missing, it does without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
