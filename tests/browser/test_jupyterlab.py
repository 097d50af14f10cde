"""A student's hour with unit 02 in JupyterLab: the lecture, an explorer, the quiz, the assignment, Validate.

Everything happens in an unpacked students' bundle, served by `course lab`.
"""

import json
import re
import time
import urllib.parse
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyterlab_page import (
    PATIENCE,
    ROOT,
    UNCORRECTED_ADAM,
    jupyterlab,
    new_page,
    open_notebook,
    run,
    run_all,
    student_course,
    write,
)
from playwright.sync_api import expect

from course_lib import home, notebooks, progress, quiz

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

UNIT = "02_adaptive_optimizers"
LECTURE = f"notebooks/{UNIT}.ipynb"
ASSIGNMENT = f"assignments/{UNIT}/{UNIT}.ipynb"
LONGEST = 240_000  # milliseconds for the lecture; it takes 30 s where nothing else runs

ERROR, STDERR = (
    f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in ("error", "stderr")
)
ENDED = """([numbered, error]) => {
  const ended = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
    .filter((prompt) => /\\[\\d+\\]/.test(prompt.textContent));
  return ended.length === numbered || document.querySelector(error);
}"""
INKED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length / (canvas.width * canvas.height);
}"""
PICTURE = "canvas => canvas.toDataURL()"
DRAWN_AFTER = "([canvas, number]) => Number(canvas.dataset.drawn) > number"


@pytest.fixture(scope="module")
def course(browser, tmp_path_factory):
    return student_course(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def address(course):
    with jupyterlab(course) as served:
        yield served


@pytest.fixture(scope="module")
def complaints():
    """What the pages write on the browser's console as a warning or an error."""
    return []


def watched(page, complaints):
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    return page


@pytest.fixture(scope="module")
def lecture(browser, address, course, complaints):
    """The lecture after Run All Cells."""
    page = watched(new_page(browser), complaints)
    open_notebook(page, address, LECTURE)
    run_all(page)
    numbered = [  # JupyterLab shows no number beside a collapsed cell
        cell
        for cell in notebooks.read(course / LECTURE).cells
        if cell.cell_type == "code" and not cell.metadata.get("jupyter", {}).get("source_hidden")
    ]
    page.wait_for_function(ENDED, arg=[len(numbered), ERROR], timeout=LONGEST)
    return page


@pytest.fixture(scope="module")
def assignment(browser, address, complaints):
    page = watched(new_page(browser), complaints)
    open_notebook(page, address, ASSIGNMENT)
    return page


@pytest.fixture(scope="module")
def cell(assignment, course):
    """grade_id or id → that cell of the assignment, as it stands on the page."""
    places = {}
    for place, found in enumerate(notebooks.read(course / ASSIGNMENT).cells):
        places[found.metadata.get("nbgrader", {}).get("grade_id", found.id)] = place
    return lambda name: assignment.locator(".jp-Notebook .jp-Cell").nth(places[name])


def solution(grade_id):
    """What the instructor wrote into a cell that students fill in."""
    for found in notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb").cells:
        if found.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return found.source
    raise KeyError(grade_id)


def validate(page):
    """Press nbgrader's Validate; return what its dialog says, and close it."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog").filter(has_text=re.compile("passes|failed|error"))
    dialog.wait_for()
    said = dialog.inner_text()
    dialog.get_by_role("button").last.click()
    dialog.wait_for(state="detached")
    return said


def violations(page, selector):
    """What axe-core finds wrong inside the elements that the selector names."""
    found = Axe().run(page, context={"include": [[selector]]}).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found]


def test_the_lecture_runs_without_an_error_a_warning_or_a_question(lecture):
    assert lecture.locator(ERROR).all_text_contents() == []
    assert lecture.locator(STDERR).all_text_contents() == []
    assert lecture.locator(".jp-Dialog").count() == 0
    assert lecture.locator(".Toastify__toast").count() == 0, "no news, no offers"


def test_an_explorer_follows_its_slider(lecture):
    explorer = lecture.locator(".course-explorer").first
    canvas = explorer.locator("canvas[data-drawn]")
    message = explorer.locator("[aria-live]")
    explorer.locator("canvas").scroll_into_view_if_needed()  # it draws once it comes into sight
    canvas.wait_for()
    assert canvas.evaluate(INKED) > 0.02, "the canvas is blank"
    before = canvas.evaluate(PICTURE), canvas.get_attribute("aria-label"), message.inner_text()
    assert before[2] in before[1], "the text alternative says what the message says"
    number = int(canvas.get_attribute("data-drawn"))

    # It opens with tuned rates, which it then leaves to a hand.
    explorer.get_by_label("Learning rates").select_option("set by hand")
    lecture.wait_for_function(DRAWN_AFTER, arg=[canvas.element_handle(), number])
    number = int(canvas.get_attribute("data-drawn"))
    lecture.get_by_role("slider", name="SGD: η", exact=True).press("End")
    lecture.wait_for_function(DRAWN_AFTER, arg=[canvas.element_handle(), number])
    expect(message).to_contain_text("SGD diverged")
    after = canvas.evaluate(PICTURE), canvas.get_attribute("aria-label"), message.inner_text()
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert after[2] in after[1]

    typed = lecture.get_by_label("SGD: η, as a number", exact=True)
    typed.fill("0.001")
    typed.press("Enter")
    expect(message).not_to_contain_text("SGD diverged")


def test_the_figure_that_stands_in_for_an_explorer_gives_way_to_it(lecture):
    stills = lecture.locator("[data-still-of]")
    assert stills.count() == lecture.locator(".course-explorer").count() > 1
    for still in stills.all():
        expect(still).to_be_hidden()


def test_a_quiz_question_is_answered_by_mouse_and_by_keys(lecture):
    first = quiz.load(UNIT)[0]
    question = lecture.locator(".course-quiz fieldset").first
    buttons = question.get_by_role("radio")
    explanations = question.locator(".why")
    assert explanations.count() == buttons.count() == len(first["options"])
    assert not any(explanation.is_visible() for explanation in explanations.all())

    question.locator("label").first.click()
    for chosen in range(len(first["options"])):
        expect(buttons.nth(chosen)).to_be_checked()
        expect(buttons.nth(chosen)).to_be_focused()
        shown = [explanation.inner_text() for explanation in explanations.all() if explanation.is_visible()]
        verdict = "Right." if first["options"][chosen]["correct"] else "Not quite."
        assert len(shown) == 1 and shown[0].startswith(verdict)
        lecture.keyboard.press("ArrowDown")
    expect(buttons.first).to_be_checked()  # after the last option comes the first
    lecture.keyboard.press("ArrowUp")
    expect(buttons.last).to_be_checked()


def test_the_answers_are_noted_and_ticked_the_next_time(lecture, course):
    question, chosen = quiz.load(UNIT)[0], -1  # where the keys left it
    expected = question["id"], question["options"][chosen]["text"]
    late = time.monotonic() + PATIENCE
    while True:  # the kernel hears of the keys one after the other
        last = json.loads((course / progress.NAME).read_text(encoding="utf-8").splitlines()[-1])
        if (last["question"], last["answer"]) == expected:
            break
        assert time.monotonic() < late, last
        time.sleep(0.1)
    cell = lecture.locator(".jp-CodeCell", has=lecture.locator(".course-quiz"))
    cell.locator(".jp-InputPrompt").click()
    lecture.get_by_role("menuitem", name="Run", exact=True).click()
    lecture.get_by_text("Run Selected Cell and Do not Advance", exact=True).click()
    expect(cell.locator("input[checked]")).to_have_id(re.compile(f"{question['id']}-"))


def test_home_tells_what_is_done_and_its_links_open(browser, address, course, lecture, complaints):
    start = address.replace("/lab/tree/{}?reset&", "/?")
    with urllib.request.urlopen(start) as answered:
        assert urllib.parse.urlsplit(answered.url).path == f"/lab/tree/{home.PAGE}"
    page = watched(new_page(browser), complaints)
    # A workspace of its own, where the lecture is not open for a second time.
    page.goto(address.replace("/lab/", "/lab/workspaces/home/").format(home.PAGE))
    shown = page.locator(".jp-MarkdownViewer")
    expect(shown.get_by_role("heading", level=1)).to_contain_text("How neural networks are optimised")
    expect(shown.get_by_role("row", name="02 · Adaptive")).to_contain_text("right, ")
    expect(shown).to_contain_text(re.compile("To look at again.*step 25", re.DOTALL))
    links = shown.get_by_role("link")
    assert links.count() > 2 * 7
    for link in links.all():
        assert (course / link.get_attribute("href").partition("/files/")[2].partition("?")[0]).is_file()
    assert violations(page, ".jp-MarkdownViewer") == []
    shown.get_by_role("link", name="03 · Dropout", exact=True).click()
    expect(page.locator(".jp-NotebookPanel h1").first).to_contain_text("03 · Dropout")
    page.close()


@pytest.mark.parametrize("selector", [".course-quiz", ".course-explorer", ".jp-Notebook figure"])
def test_axe_finds_nothing_to_object_to_in_the_lecture(lecture, selector):
    assert lecture.locator(selector).count() > 0
    for canvas in lecture.locator(".course-explorer canvas").all():  # each draws once it comes into sight
        canvas.scroll_into_view_if_needed()
        expect(canvas).to_have_attribute("data-drawn", re.compile("."))
    assert violations(lecture, selector) == []


def test_a_wrong_adam_is_told_and_shown_what_is_wrong_and_a_right_one_passes(cell, assignment, course):
    for name in ("a02-imports", "adam", "adam-check"):
        if name == "adam":
            write(cell(name), UNCORRECTED_ADAM)
        run(cell(name))
    report = cell("adam-check").locator(".course-check")
    expect(report).to_contain_text("m and v are used where m̂ and v̂ should stand")
    assert violations(assignment, ".course-check") == []

    show = cell("adam-check").get_by_role("button", name="Show me")
    show.press("Enter")
    explorer = cell("adam-check").locator(".course-explorer")
    expect(explorer.locator("[aria-live]")).to_contain_text("leaves the way of the course's Adam at step 1.")
    canvas = explorer.locator("canvas[data-drawn]")
    canvas.scroll_into_view_if_needed()
    assert canvas.evaluate(INKED) > 0.02, "the canvas is blank"
    expect(explorer.get_by_role("slider", name="Steps")).to_have_value("1")
    expect(show).to_be_focused()
    assert violations(assignment, "[data-show-me]:has(.course-explorer)") == []
    assignment.get_by_role("menuitem", name="File", exact=True).click()
    assignment.get_by_text("Save Notebook", exact=True).click()
    late = time.monotonic() + PATIENCE
    while "data-show-me" not in (saved := (course / ASSIGNMENT).read_text(encoding="utf-8")):
        assert time.monotonic() < late
        time.sleep(0.1)
    assert "jupyter.widget" not in saved

    write(cell("adam"), solution("adam"))
    run(cell("adam"))
    run(cell("adam-check"))
    expect(report).to_contain_text("8 of 8 points")
    expect(report).not_to_contain_text("✗")
    expect(show).to_have_count(0)
    assert violations(assignment, ".course-check") == []


def test_what_was_done_by_hand_is_noted_and_validate_notes_nothing(cell, assignment, course):
    noted = (course / progress.NAME).read_text(encoding="utf-8").splitlines()
    checks = [json.loads(line) for line in noted if "check" in json.loads(line)]
    assert [(each["check"], each["score"] == 1) for each in checks] == [("adam", False), ("adam", True)]
    validate(assignment)
    assert (course / progress.NAME).read_text(encoding="utf-8").splitlines() == noted


def test_validate_names_what_is_not_written_yet_and_then_all_is_well(cell, assignment):
    write(cell("adam"), solution("adam"))
    said = validate(assignment)
    assert "failed" in said and 'check("adagrad", AdaGrad' in said and 'check("adam", Adam' not in said

    for name in ("adagrad", "rmsprop", "repair_adam", "adam_trap", "adamw"):
        write(cell(name), solution(name))
    assert "Success! Your notebook passes all the tests." in validate(assignment)


def test_the_pages_had_nothing_to_complain_about(lecture, assignment, complaints):
    assert complaints == []
