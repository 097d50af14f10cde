"""Record anew, from the root of the project: python -m tests.frozen.strangers [exercise …]

One may when programs were added, or when what is said has changed for the better; and reads what has changed.
"""

import sys

from . import asking, write

for exercise in sys.argv[1:] or asking.EXERCISES:
    write(exercise)
