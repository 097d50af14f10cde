"""Each explorer on a plain page, with a mouse, a finger and a keyboard, on a wide page and on a phone's."""

import itertools
import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from explorers_page import as_base64, served
from jupyterlab_page import PATIENCE
from playwright.sync_api import expect

from course_lib import checks, explorers
from course_lib.exercises.folders import find
from course_lib.explorers.explorer import Explorer, Session
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict
from course_lib.jupyter import show_me
from course_lib.scene import Axis, Line, Panel, Pictures, Scene
from course_lib.strokes import stroke

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

NAMES = list(explorers.EXPLORERS)
# What a hand does on a control is one script for all explorers: each is tried by some of these tests.
THIRDS = [NAMES[turn::3] for turn in range(3)]
DROPPED = {"digit_wall_dropped": explorers.digit_wall(rate=0.5)}
# A loss that falls by next to nothing, far from 0.
SHORT = Explorer(
    lambda: Scene(
        (
            Panel(
                "",
                Axis("Update", (0, 1)),
                Axis.around("Loss", [[2.292, 2.303]]),
                (Line([0, 1], [2.303, 2.292]),),
            ),
        ),
        "A line falls.",
        "A line falls.",
    ),
    {},
)
# What “Show me” opens where no explorer shows what is wrong: an exercise, and a mistake in it.
BESIDE = {
    "fans": "window-forgotten",
    "l2_penalty": "half-forgotten",
    "learning_rate_range_test": "linear-rates",
    "early_stopping": "last-theta-kept",
    "minibatches": "not-shuffled",
    "log_uniform": "uniform",
    "random_search": "only-improvements",
    "diagnose": "noise-unknown",
    "dropout": "relu-inside",
    "momentum": "class-level-state",
}
WIDE, PHONE = 1366, 390
BESIDE_FILES = 932  # what JupyterLab with its file browser leaves of 1366, and the page's margins
NARROWEST = 160  # pixels of a slider's track at a width of 1366
SERIOUS = ("critical", "serious", "moderate")


# Of what is drawn last: for each pair of axes the places of their ticks' texts, and how long these are; and
# of each text its box, how far it is squeezed, and its colour.
TICKS = """
  const pen = CanvasRenderingContext2D.prototype;
  const { get, set } = Object.getOwnPropertyDescriptor(pen, "textBaseline");
  const { clearRect, fillText, strokeRect } = pen;
  let framed = true;
  Object.defineProperty(pen, "textBaseline", { get, set(value) {
    if (value === "top") { window.ticks.push({ x: [], y: [] }); framed = false; }
    set.call(this, value);
  } });
  pen.clearRect = function (...box) {
    [window.ticks, window.texts, framed] = [[], [], true];
    clearRect.apply(this, box);
  };
  pen.strokeRect = function (...box) { framed = true; strokeRect.apply(this, box); };
  pen.fillText = function (text, x, y, most = Infinity) {
    const { width, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = this.measureText(text);
    const axes = window.ticks.at(-1);
    if (!framed && this.textBaseline === "top") axes.x.push([x, width, text]);
    if (!framed && this.textBaseline === "middle") axes.y.push([-y, 10, text]);
    const share = Math.min(1, most / width);
    const left = x - share * width * { left: 0, center: 0.5, right: 1 }[this.textAlign];
    const at = (...place) => new DOMPoint(...place).matrixTransform(this.getTransform());
    const [one, other] = [at(left, y - up), at(left + share * width, y + down)];
    const span = (axis) => [one[axis], other[axis]].map((v) => v / devicePixelRatio).sort((a, b) => a - b);
    if (text) window.texts.push({ text, x: span("x"), y: span("y"), share, colour: this.fillStyle });
    fillText.call(this, text, x, y, most);
  };
"""


def beside(name):
    exercise, cases = find(name), find(name).cases(checks.SEED)
    [mistake] = [each for each in exercise.misconceptions if each.id == BESIDE[name]]
    student = mistake.variants[0]()
    return show_me.opened(verdict(exercise, cases, probe(student, [case.asked for case in cases])), student)


@pytest.fixture(scope="module")
def address():
    with served(DROPPED | {"short_axis": SHORT} | {name: beside(name) for name in BESIDE}) as url:
        yield url


@pytest.fixture(scope="module")
def contexts(browser):
    """A wide page in the light, a phone in the dark."""
    made = {
        WIDE: browser.new_context(viewport={"width": WIDE, "height": 900}, color_scheme="light"),
        PHONE: browser.new_context(
            viewport={"width": PHONE, "height": 844}, color_scheme="dark", has_touch=True
        ),
    }
    for context in made.values():
        context.add_init_script(TICKS)
    return made


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def opened(contexts, address, name):
    """Opens the explorer on a page of a width; what the page complains of is a failure."""
    pages, complaints = [], []

    def page_of(width):
        page = contexts[width].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(address.format(name))
        page.wait_for_selector("canvas[data-drawn]")
        return page

    yield page_of
    for page in pages:
        page.close()
    assert not complaints


def state(page):
    """What can be seen: the picture, the message and all values."""
    return page.evaluate(
        """() => [
          document.querySelector("canvas").toDataURL(),
          document.querySelector("[aria-live]").textContent,
          [...document.querySelectorAll("input, select")].map((each) => each.value + each.checked).join(),
        ]"""
    )


def changed(page, before):
    """Wait until the picture or the message is another one."""
    page.wait_for_function(
        """([picture, message]) => document.querySelector("canvas").toDataURL() !== picture
           || document.querySelector("[aria-live]").textContent !== message""",
        arg=before[:2],
    )


def unreadable(page, scene):
    """Axes with fewer than two ticks or more than eight, or with ticks that touch, where none are named."""
    drawn = page.evaluate("window.ticks")
    assert len(drawn) == len(scene.panels)
    for panel, ticks in zip(scene.panels, drawn, strict=True):
        for axis, placed in ((panel.x, ticks["x"]), (panel.y, ticks["y"])):
            gaps = (
                there - here - (long + longer) / 2
                for (here, long, _), (there, longer, _) in itertools.pairwise(sorted(placed))
            )
            if len({text for _, _, text in placed}) < len(placed) and not axis.ticks:
                yield panel.title, axis.label, placed
            if not axis.ticks and (not 2 <= len(placed) <= 8 or min(gaps) < 2):
                yield panel.title, axis.label, placed


def luminance(levels):
    """Of a colour, as the contrast of web pages is defined (WCAG 2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (v / 255 for v in levels)]
    return sum(share * v for share, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(colour, ground):
    if colour.startswith("#"):
        levels, alpha = [int(colour[i : i + 2], 16) for i in (1, 3, 5)], 1.0
    else:
        *levels, alpha = (float(part) for part in re.findall(r"[\d.]+", colour))
    seen = [alpha * v + (1 - alpha) * under for v, under in zip(levels, ground, strict=True)]
    low, high = sorted([luminance(seen), luminance(ground)])
    return (high + 0.05) / (low + 0.05)


def overlap(one, other):
    return min(min(a[1], b[1]) - max(a[0], b[0]) for a, b in ((one["x"], other["x"]), (one["y"], other["y"])))


def illegible(page):
    """Words on the picture that leave it, are squeezed, pale or over one another."""
    size = page.locator("canvas").bounding_box()
    colour, texts = page.evaluate("[getComputedStyle(document.body).backgroundColor, window.texts]")
    ground = [float(level) for level in re.findall(r"\d+", colour)]
    assert texts
    for each in texts:
        ends = [(each["x"], size["width"]), (each["y"], size["height"])]
        if each["share"] < 0.9 or any(low < -1 or high > end + 1 for (low, high), end in ends):
            yield each
        if contrast(each["colour"], ground) < 4.5:
            yield each["text"], each["colour"]
    for one, other in itertools.combinations(texts, 2):
        if overlap(one, other) > 2:
            yield one, other


CUT = """() => {
  const pen = document.createElement("canvas").getContext("2d");
  return [...document.querySelectorAll(".control:not([hidden]) .line > select")].flatMap((list) => {
    pen.font = getComputedStyle(list).font;
    const room = list.clientWidth - 22; // beside the arrow
    return [...list.options].map(({ text }) => text).filter((text) => pen.measureText(text).width > room);
  });
}"""


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_controls_are_wide_enough_and_no_taller_than_the_picture_whose_words_are_read(opened, name, width):
    page = opened(width)
    tracks = [each.bounding_box()["width"] for each in page.locator("input[type=range]:visible").all()]
    assert all(track >= NARROWEST for track in tracks)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == WIDE:
        assert_no_taller_than_the_picture(page)
    assert list(unreadable(page, getattr(explorers, name)().scene())) == []
    assert list(illegible(page)) == []
    assert page.evaluate(CUT) == []
    switches = page.locator(".switch .name:visible").all()
    assert all(each.bounding_box()["height"] >= 24 for each in switches), "a finger finds each switch"
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
    assert [(each["id"], node["html"]) for each in found for node in each["nodes"]] == []


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_answers_beside_the_right_ones_are_read_wide_and_narrow(opened, name, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert list(unreadable(page, beside(name).scene())) == []
    assert list(illegible(page)) == []
    assert page.evaluate(CUT) == []


def assert_no_taller_than_the_picture(page):
    controls, picture = (page.locator(part).bounding_box()["height"] for part in (".controls", "canvas"))
    assert controls <= picture


def test_with_all_switches_on_the_controls_are_no_taller_than_the_picture_either(opened):
    """A switch may bring controls of its own: each method of a race has its own rate."""
    page = opened(WIDE)
    switches = page.locator(".switch:not([hidden]) input")
    if not switches.count():
        pytest.skip("nothing is switched in this picture")
    for box in switches.all():
        box.check()
    for each in page.locator("input[type=range]:visible").all():
        assert each.bounding_box()["width"] >= NARROWEST
    assert_no_taller_than_the_picture(page)


@pytest.mark.parametrize("name", ["optimizer_race"])
def test_beside_a_file_browser_all_methods_controls_are_no_taller_than_the_picture(opened):
    page = opened(WIDE)
    page.set_viewport_size({"width": BESIDE_FILES, "height": 900})
    for box in page.locator(".switch:not([hidden]) input").all():
        box.check()
    for each in page.locator("input[type=range]:visible").all():
        assert each.bounding_box()["width"] >= NARROWEST
    cut = "fields => fields.filter((each) => each.scrollWidth > each.clientWidth + 1).length"
    assert page.locator("input.value:visible").evaluate_all(cut) == 0
    assert page.evaluate(CUT) == []
    assert_no_taller_than_the_picture(page)


@pytest.mark.parametrize("name", ["edge_of_stability"])
@pytest.mark.parametrize("width", [WIDE, BESIDE_FILES, PHONE])
def test_the_loss_stands_beneath_the_curvature_each_step_under_itself(opened, width):
    page = opened(PHONE if width == PHONE else WIDE)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("width => document.querySelector('canvas').clientWidth <= width", arg=width)
    curvature, loss = page.evaluate("ticks")
    assert len(curvature["x"]) > 1 and curvature["x"] == loss["x"]
    assert max(y for y, *_ in loss["y"]) < min(y for y, *_ in curvature["y"])  # counted upwards


STROKES = """() => {
  const pen = CanvasRenderingContext2D.prototype;
  const { stroke } = pen;
  window.strokes = [];
  pen.stroke = function () {
    window.strokes.push([this.strokeStyle, this.getLineDash()]);
    stroke.call(this);
  };
}"""


@pytest.mark.parametrize("name", ["optimizer_race"])
def test_the_race_draws_each_line_with_the_dashes_of_its_method(opened):
    page = opened(WIDE)
    for box in page.locator(".switch:not([hidden]) input").all():
        box.check()
    page.evaluate(STROKES)
    page.set_viewport_size({"width": BESIDE_FILES, "height": 900})
    methods = [
        stroke(name) for name in ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adam", "AdamW")
    ]
    for each in methods:
        page.wait_for_function(
            "([ink, dashes]) => strokes.some((each) => each[0] === ink && `${each[1]}` === `${dashes}`)",
            arg=[each.colour, list(each.dashed)],
        )


@pytest.mark.parametrize("name", ["short_axis"])
def test_ticks_of_a_short_axis_far_from_zero_are_told_apart(opened, name):
    """Of a network without inputs, whose classes are not alike: the loss falls from 2.303 to 2.292."""
    page = opened(WIDE)
    assert list(unreadable(page, SHORT.scene())) == []


@pytest.mark.parametrize("name", ["recipe_steps"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_each_step_of_the_recipe_can_be_read_and_played(opened, width):
    """One batch is trained for fewer updates than all signals, so that another control counts them."""
    page = opened(width)
    steps = list(explorers.recipe_steps().controls["step"].options)
    for number, updates in ((1, 180), (2, 10), (3, 180), (4, 180)):
        before = state(page)
        page.locator("[data-name=step] select").select_option(index=number)
        changed(page, before)
        assert list(unreadable(page, explorers.recipe_steps(steps[number]).scene())) == []
        assert list(illegible(page)) == []
        if width == WIDE:
            assert_no_taller_than_the_picture(page)
        back = page.get_by_role("button", name="One step back")
        expect(back).to_have_text(f"−{updates}")
        back.click()
        expect(page.locator("[data-name=updates] .value")).to_have_value(str(13 * updates))


def centre(grip):
    box = grip.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def tells_its_controls(page, grip):
    """Wait until the handle stands where its controls do: the last scene asked for has come."""
    for name in grip.get_attribute("data-sets").split():
        track, chosen = (
            page.locator(f"[data-name={name}] {part}") for part in ("input[type=range]", "option:checked")
        )
        text = track.get_attribute("aria-valuetext") if track.count() else chosen.inner_text()
        expect(grip).to_have_attribute("aria-valuetext", re.compile(re.escape(text)))


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_each_handle_is_dragged_with_a_pointer_and_moved_with_keys(opened, width):
    page = opened(width)
    sliders = page.locator(".grip[role=slider]")
    for number in range(sliders.count()):
        grip = sliders.nth(number)
        grip.scroll_into_view_if_needed()
        was, before, start = grip.get_attribute("aria-valuetext"), state(page), centre(grip)
        for by, down in ((70, 25), (-140, -50)):  # or where it stood at its end, the other way
            x, y = centre(grip)
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + by, y + down, steps=5)
            page.mouse.up()
            if state(page)[2] != before[2]:
                break
        expect(grip).not_to_have_attribute("aria-valuetext", was)
        changed(page, before)
        tells_its_controls(page, grip)
        was = grip.get_attribute("aria-valuetext")
        across = centre(grip)[0] != pytest.approx(start[0], abs=1)
        grip.press(("ArrowLeft" if by > 0 else "ArrowRight") if across else "ArrowUp")  # away from the end
        expect(grip).not_to_have_attribute("aria-valuetext", was)


@pytest.mark.parametrize("name", ["edge_of_stability"])
def test_a_handle_goes_the_way_of_the_arrow_though_its_options_stand_the_other_way_round(opened):
    """The line 2/η: up is the next smaller rate."""
    page = opened(WIDE)
    grip = page.locator(".grip[role=slider]")
    (_, was), rate = centre(grip), grip.get_attribute("aria-valuetext")
    grip.press("ArrowUp")
    expect(grip).not_to_have_attribute("aria-valuetext", rate)
    page.wait_for_function(
        "was => document.querySelector('.grip').getBoundingClientRect().top < was - 20", arg=was
    )
    grip.press("ArrowDown")
    expect(grip).to_have_attribute("aria-valuetext", rate)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_a_handle_that_turns_a_switch_answers_to_a_click_and_to_the_keyboard(opened, width):
    page = opened(width)
    switches = page.locator(".grip[role=switch]")
    for number in range(switches.count()):
        grip = switches.nth(number)
        grip.scroll_into_view_if_needed()
        was, box = (
            grip.get_attribute("aria-checked"),
            page.locator(f"[data-name={grip.get_attribute('data-sets')}] input"),
        )
        for act in (grip.click, lambda grip=grip: grip.press("Space")):
            before = state(page)
            act()
            expect(grip).not_to_have_attribute("aria-checked", was)
            was = grip.get_attribute("aria-checked")
            assert box.is_checked() == (was == "true")
            changed(page, before)


@pytest.mark.parametrize("name", THIRDS[0])
def test_a_finger_drags_plays_and_is_told_what_a_mouse_is(opened):
    page = opened(PHONE)
    touch = page.context.new_cdp_session(page)

    def finger(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]}
        )

    def dragged(x, y, by, down):
        finger("touchStart", (x, y))
        for part in (0.25, 0.5, 0.75, 1.0):
            finger("touchMove", (x + part * by, y + part * down))
        finger("touchEnd")

    grips = page.locator(".grip[role=slider]")
    for grip in [grips.nth(number) for number in range(grips.count())]:
        grip.scroll_into_view_if_needed()
        was, before = grip.get_attribute("aria-valuetext"), state(page)
        for by, down in ((60, 20), (-60, -20)):  # or where it stood at its end, the other way
            dragged(*centre(grip), by, down)
            if state(page)[2] != before[2]:  # the controls know at once, the handle with the next scene
                break
        expect(grip).not_to_have_attribute("aria-valuetext", was)
        tells_its_controls(page, grip)

    if tracks := page.locator("input[type=range]:visible").all():
        tracks[0].scroll_into_view_if_needed()
        was, box = tracks[0].get_attribute("aria-valuetext"), tracks[0].bounding_box()
        share = int(tracks[0].input_value()) / int(tracks[0].get_attribute("max"))
        long = box["width"] - 16  # the thumb's middle stays within
        far = 0.6 * long if share < 0.5 else -0.6 * long
        dragged(box["x"] + 8 + share * long, box["y"] + box["height"] / 2, far, 0)
        expect(tracks[0]).not_to_have_attribute("aria-valuetext", was)

    if (play := page.locator(".play")).is_visible():
        for said in ("Pause", "Play"):
            play.tap()
            expect(play).to_have_attribute("aria-label", said)

    page.evaluate("scrollTo(0, 0)")
    box, tip = page.locator("canvas").bounding_box(), page.locator(".tip")
    for across, down in itertools.product((30, 50, 70, 20, 60), range(60, 260, 20)):
        page.touchscreen.tap(box["x"] + box["width"] * across / 100, box["y"] + down)
        if tip.is_visible():
            break
    expect(tip).to_be_visible()
    assert tip.inner_text()


@pytest.mark.parametrize("name", THIRDS[1])
def test_each_slider_answers_to_keys(opened):
    page = opened(WIDE)
    for range_ in page.locator("input[type=range]:visible").all():
        was = range_.get_attribute("aria-valuetext")
        range_.press("ArrowLeft")
        if range_.get_attribute("aria-valuetext") == was:  # it stood at its lower end
            range_.press("ArrowRight")
        expect(range_).not_to_have_attribute("aria-valuetext", was)
        cut = "each => each.scrollWidth > each.clientWidth + 1"
        assert not range_.locator("xpath=../../*[contains(@class, 'value')]").evaluate(cut)


SET = """() => document.querySelectorAll(".control :is([type=range], [type=checkbox], .line > select)")
  .forEach((each) => {
    if (each.closest("[hidden]")) return;
    if (each.type === "checkbox") return each.click();
    if (each.matches("select")) each.selectedIndex = (each.selectedIndex + 1) % each.options.length;
    else each.value = Number(each.value) > Number(each.min) ? each.min : each.max;
    each.dispatchEvent(new Event(each.matches("select") ? "change" : "input", { bubbles: true }));
  })"""


@pytest.mark.parametrize("name", THIRDS[2])
def test_one_button_puts_everything_back_to_the_start(opened):
    """Sliders, choices, switches and handles, by the keyboard; the name of the button says so."""
    page, asked = opened(WIDE), set()
    page.on("request", lambda request: asked.add(request))
    page.on("requestfinished", lambda request: asked.discard(request))

    def settled():
        """All that can be seen, once every scene that was asked for has come."""
        page.wait_for_timeout(100)
        while asked:
            page.wait_for_timeout(100)
        return state(page), grips(page)

    before = settled()
    page.evaluate(SET)
    assert settled()[0] != before[0]
    page.get_by_role("button", name="Reset: everything as at the start").press("Enter")
    assert settled() == before


def grips(page):
    """Where each handle stands, and what it says."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".grip")].map(
          (each) => [each.style.left, each.style.top, each.ariaValueText, each.ariaChecked].join())"""
    )


def test_what_has_steps_plays_and_pauses_with_the_space_bar(opened):
    page = opened(WIDE)
    if not page.locator(".play:visible").count():
        pytest.skip("this picture has no steps")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    steps = page.locator(".control:has(.play) input[type=range]")
    steps.press("Home")
    page.wait_for_load_state("networkidle")
    page.add_style_tag(content="main { min-height: 200vh; }")
    at = steps.get_attribute("aria-valuetext")
    asked.clear()
    page.locator("canvas").click(position={"x": 3, "y": 3})
    page.keyboard.press("Space")
    expect(page.locator(".play")).to_have_attribute("aria-label", "Pause")
    assert page.evaluate("scrollY") == 0, "the space bar is taken from the page"
    expect(steps).not_to_have_attribute("aria-valuetext", at)
    page.wait_for_timeout(300)
    played = len(asked)
    page.locator("canvas").evaluate(
        "canvas => canvas.closest('.course-explorer').querySelector('.grip, input').focus()"
    )
    page.keyboard.press("Space")
    expect(page.locator(".play")).to_have_attribute("aria-label", "Play")
    name = page.evaluate("document.title")
    if getattr(explorers, name)().scene().time:
        assert played == 0, "what is known already is played without asking"


@pytest.mark.parametrize(("name", "low"), [("search_race", 3), ("bias_correction_microscope", 10)])
def test_whole_numbers_on_a_logarithmic_track_are_even_in_the_hand_and_in_time(opened, name, low):
    """A notch each where numbers lie further apart than notches; then 20 to a power of ten, up to the end."""
    page = opened(WIDE)
    steps = page.locator(".control:has(.play) input[type=range]")
    steps.press("Home")
    seen = [int(steps.get_attribute("aria-valuetext"))]
    while seen[-1] < 1000:
        steps.press("ArrowRight")
        seen.append(int(steps.get_attribute("aria-valuetext")))
        assert seen[-1] > seen[-2], "each press goes on"
    assert seen[0] == low and len(seen) < 55
    for here, there in itertools.pairwise(each for each in seen[:-1] if each > 100):
        assert there / here == pytest.approx(10**0.05, abs=0.02)
    steps.press("Home")
    page.get_by_label("Speed").select_option("4 ×")
    page.locator(".play").click()
    half, whole = steps.evaluate(PACE, (1000 * low) ** 0.5)
    assert half / whole == pytest.approx(0.5, abs=0.15)


# How long until what plays passes a value, and until its end.
PACE = """(range, middle) => new Promise((done) => {
  const began = performance.now();
  let half = null;
  const look = () => {
    const [now, spent] = [Number(range.ariaValueText), performance.now() - began];
    if (half === null && now >= middle) half = spent;
    now < 1000 ? requestAnimationFrame(look) : done([half, spent]);
  };
  look();
})"""


AHEAD = """async (told) => {
  const { default: explorer } = await import("./explorer.js");
  const { pageModel } = await import("./page.js");
  const model = pageModel(told, () => new Promise(() => {}));
  explorer.render({ model, el: document.querySelector("main") });
  const box = [...document.querySelectorAll(".course-explorer")].at(-1);
  const move = (name, place) => {
    const track = box.querySelector(`[data-name=${name}] input[type=range]`);
    track.value = place ?? track.max;
    track.dispatchEvent(new Event("input"));
    return model.get("ahead")[name];
  };
  return [move("mu", 40), move("mu", 41), move("mu", 39), move("mu", null)];
}"""


def test_a_page_says_where_a_hand_goes_that_goes_on(contexts, address):
    """Of momentum's places i the values are 1 − 10^(−i/20), up to 0.999, and then 1; it starts at 0.9."""
    page = contexts[WIDE].new_page()
    page.goto(address.format("momentum_plane"))
    page.wait_for_selector("canvas[data-drawn]")
    told = json.dumps(Session(explorers.momentum_plane()).state(), default=as_base64)
    ahead = page.evaluate(AHEAD, json.loads(told))
    page.close()
    assert ahead == [0.999, 0.99206, 0.9859, 1]


@pytest.mark.parametrize("name", ["recipe_steps"])
def test_the_space_bar_plays_only_what_can_be_seen(opened):
    """Before training there are no updates; the step after it has some."""
    page = opened(WIDE)
    play, list_ = page.locator(".play"), page.locator("[data-name=step] select")
    range_ = page.locator("[data-name=scale] input[type=range]")
    expect(play).to_be_hidden()
    range_.press("Space")
    expect(play).to_have_attribute("aria-label", "Play")
    list_.select_option(index=1)
    expect(play).to_be_visible()
    range_.press("Space")
    expect(play).to_have_attribute("aria-label", "Pause")
    list_.select_option(index=0)
    expect(play).to_have_attribute("aria-label", "Play")


@pytest.mark.parametrize("name", THIRDS[0])
def test_single_steps_are_those_of_the_slider(opened):
    page = opened(WIDE)
    if not page.locator(".play:visible").count():
        pytest.skip("this picture has no steps")
    steps = page.locator(".control:has(.play) input[type=range]")
    steps.press("Home")
    at = steps.get_attribute("aria-valuetext")
    page.get_by_role("button", name="One step on").click()
    expect(steps).not_to_have_attribute("aria-valuetext", at)
    assert steps.input_value() == "1"
    page.get_by_role("button", name="One step back").click()
    expect(steps).to_have_attribute("aria-valuetext", at)


@pytest.mark.parametrize("name", THIRDS[1])
def test_a_number_is_typed_and_what_is_none_is_put_back_with_a_sentence(opened):
    page = opened(WIDE)
    for number in page.locator("input.value:visible").all():
        was = number.input_value()
        number.fill("much")
        number.press("Enter")
        expect(number).to_have_value(was)
        said = number.evaluate("field => field.validationMessage")
        assert re.fullmatch(r".+ is (a number from|one of|the nearest of) .+, not “much”\.", said)


@pytest.mark.parametrize(
    ("name", "control", "typed", "kept"),
    [
        ("regularisation_bench", "patience", "23", "25"),
        ("regularisation_bench", "patience", "Never", "never"),
        ("batch_sizes", "batch_size", "4000", "1000"),
        ("rate_beta_map", "beta", "0,85", "0.85322"),
        ("condition_dial", "kappa", "1e9", "100"),
        ("search_race", "evaluations", "56.7", "57"),
    ],
)
def test_what_is_typed_becomes_the_nearest_value_that_there_is(opened, name, control, typed, kept):
    page = opened(WIDE)
    before, number = state(page), page.locator(f"[data-name={control}] .value")
    number.fill(typed)
    number.press("Enter")
    expect(number).to_have_value(kept)
    if typed != "Never":  # where it stands already
        changed(page, before)
    assert number.evaluate("field => field.validity.valid")


def told_of(layer, i, step):
    """What the picture with this number tells at a step, in the words of its scene."""
    answer, kind = layer.signs[step][i], int(layer.turns[step][i])
    lines = [layer.texts[i], f"{layer.meaning} {answer}: {layer.words[kind]}"]
    if layer.votes:
        counts = [int(votes[step][i], 36) for votes in layer.votes]
        shares = zip([*counts, layer.asked[0] - sum(counts)], layer.words, strict=True)
        asked = f"of {layer.asked[0]} {layer.asked[1]}: "
        lines.append(asked + ", ".join(f"{count} {word}" for count, word in shares))
    return "\n".join(lines)


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("name", ["digit_wall", *DROPPED], indirect=True)
def test_pictures_are_read_with_the_arrow_keys_and_by_a_click(opened, name, width):
    scene = (DROPPED.get(name) or explorers.digit_wall()).scene()
    [layer] = [each for panel in scene.panels for each in panel.layers if isinstance(each, Pictures)]
    page = opened(width)
    reader, tip = page.locator(".reader"), page.locator(".tip")
    reader.focus()
    expect(tip).to_have_text(told_of(layer, 0, scene.now), use_inner_text=True)
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        reader.press(key)
    expect(tip).to_have_text(told_of(layer, layer.columns - 1, scene.now), use_inner_text=True)
    said = told_of(layer, layer.columns - 1, scene.now).replace("\n", "; ")
    expect(reader).to_have_attribute("aria-valuetext", said)
    reader.press("End")
    reader.press("ArrowDown")
    last = len(layer.pixels) - 1
    expect(tip).to_have_text(told_of(layer, last, scene.now), use_inner_text=True)
    x, y = centre(reader)
    reader.press("Home")
    page.mouse.move(0, 0)
    page.mouse.click(x, y)
    page.mouse.move(0, 0)
    expect(tip).to_have_text(told_of(layer, last, scene.now), use_inner_text=True)
    steps = page.locator(".control:has(.play) input[type=range]")
    steps.evaluate("range => { range.value = range.max; range.dispatchEvent(new Event('input')); }")
    expect(tip).to_have_text(told_of(layer, last, int(steps.get_attribute("max"))), use_inner_text=True)


def hovered(page):
    """What a pointer is told that goes over the picture, row after row."""
    box = page.locator("canvas").bounding_box()
    told = set()
    for across, down in itertools.product(range(5, 100, 5), range(40, 260, 40)):
        page.mouse.move(box["x"] + box["width"] * across / 100, box["y"] + down)
        if page.locator(".tip").is_visible():
            told.add(page.locator(".tip").inner_text())
    return told


def test_hovering_tells_the_values_under_the_pointer(opened):
    assert hovered(opened(WIDE))


@pytest.mark.parametrize("name", ["signal_through_depth"])
def test_who_points_at_a_histogram_is_told_the_share(opened):
    told = [each for each in hovered(opened(WIDE)) if ", Value " in each]
    assert {each.rpartition(": ")[2] for each in told} > {"none"}
    for each in told:
        assert re.fullmatch(r"Behind layer \S+, Value \S+: (none|1|0\.\d+|[\d.]+·10⁻\S)", each)
