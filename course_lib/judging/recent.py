"""What whoever was played last answered, for cases that are about the answers to the case before them.

Like the probe, this imports the sandbox's own modules only.
"""

from course_lib.judging.probe import Event, Student


class Recent:
    """The events of the students that were played last, at most so many, by id."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: dict[int, tuple[Student, list[Event]]] = {}

    def keep(self, student: Student, events: list[Event]) -> None:
        """Keep this list, to which the events of a run are yet to be appended."""
        self._events.pop(id(student), None)
        self._events[id(student)] = student, events
        while len(self._events) > self._most:
            del self._events[next(iter(self._events))]

    def of(self, student: Student) -> list[Event]:
        """The events of this student; none where none are kept."""
        whose, known = self._events.get(id(student), (None, []))
        return known if whose is student else []
