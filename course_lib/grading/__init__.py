"""A class of submissions, from files to scores and feedback. For instructors: students do not receive it."""
