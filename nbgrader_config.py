"""Settings of nbgrader, which reads them from the folder it is started in."""

from pathlib import Path

c = get_config()

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

c.ClearSolutions.code_stub = {
    "python": "# Your code starts here.\nraise NotImplementedError\n# Your code ends here."
}

# A check that a student deleted is put back, and graded.
c.OverwriteCells.add_missing_cells = True
