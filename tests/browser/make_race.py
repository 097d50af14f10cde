"""Make docs/race.webp, the README's moving picture, and docs/race.png, its end for who wants none that moves.

`python tests/browser/make_race.py` takes both of the optimiser race on a plain page in Chromium.
"""

from io import BytesIO
from pathlib import Path

from explorers_page import served
from jupyterlab_page import chromium, new_page
from PIL import Image
from playwright.sync_api import expect

from course_lib import explorers

DOCS = Path(__file__).resolve().parents[2] / "docs"
STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 33, 39, 46, 54, 63, 73, 84, 100)
MILLISECONDS, AT_THE_END = 220, 2500
TIMES = 3  # it plays, and then rests at its end
MARGIN = 12  # pixels of the page around the explorer


def frames() -> list[Image.Image]:
    """The explorer after each of STEPS, by day."""
    race = explorers.optimizer_race()
    with served() as address, chromium() as browser:
        page = new_page(browser)
        page.set_viewport_size({"width": 960, "height": 700})
        page.emulate_media(color_scheme="light")
        page.goto(address.format("optimizer_race"))
        page.wait_for_selector("canvas[data-drawn]")
        number, message = page.locator("[data-name=steps] .value"), page.locator("[aria-live]")
        x, y, width, height = page.locator(".course-explorer").bounding_box().values()
        clip = {"x": x - MARGIN, "y": y - MARGIN, "width": width + 2 * MARGIN, "height": height + 2 * MARGIN}
        taken = []
        for step in STEPS:
            number.fill(str(step))
            number.press("Enter")
            expect(message).to_have_text(race.scene(steps=step).message)  # it comes after the picture
            number.blur()
            taken.append(Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB"))
        return taken


def main() -> None:
    first, *more = frames()
    more[-1].quantize(128, dither=Image.Dither.NONE).save(DOCS / "race.png", optimize=True)
    shown = [MILLISECONDS] * len(more) + [AT_THE_END]
    film = {"save_all": True, "append_images": more, "duration": shown, "loop": TIMES}
    first.save(DOCS / "race.webp", lossless=True, method=6, **film)


if __name__ == "__main__":
    main()
