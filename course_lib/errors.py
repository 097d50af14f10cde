"""The one error that the commands of the course expect."""


class CourseError(Exception):
    """Something the user can put right; its message says in one sentence what and how."""
