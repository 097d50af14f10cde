"""Settings of nbgrader, which reads them from the folder it is started in."""

from pathlib import Path

c = get_config()

here = Path(__file__).resolve().parent
c.CourseDirectory.root = str(here)
# The name of this class in an exchange of files with students, and in a gradebook on a server: where several
# classes share one of these, give each its own.
c.CourseDirectory.course_id = "optimisation"
# Written answers (a log, a reason) bring no points, as nobody may have the time to read them. Where somebody
# has, set True before you release: then they are cells that wait for a person in formgrader.
c.Release.written_answers = False
# In the instructor's copy: what students put into the exchange may be anything.
if (here / "solutions").is_dir():
    c.GenerateAssignment.exporter_class = "course_lib.grading.written.Release"
    c.ExchangeFactory.collect = "course_lib.grading.exchange_collect.Collect"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

c.ClearSolutions.code_stub = {
    "python": "# Your code starts here.\nraise NotImplementedError\n# Your code ends here."
}

# A check that a student deleted is put back, and graded.
c.OverwriteCells.add_missing_cells = True

# What students write in Markdown is cleaned before anybody looks at it, and formulas need no network.
c.HTMLExporter.filters = {"markdown2html": "course_lib.grading.rendering.markdown2html"}
