"""Sphinx's settings for the web book. What it reads is laid out by `python book`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from words import say  # noqa: E402

project = say("title")
html_title = project
extensions = ["myst_nb", "formulas", "places"]
templates_path = ["templates"]
html_theme = "furo"
html_static_path = ["static", "../scratch/book/static"]
html_css_files = ["explorer.css", "book.css"]
html_js_files = [("book.js", {"type": "module"}), ("living.js", {"type": "module"})]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"jp-layout-color0": "#ffffff"},
    "dark_css_variables": {"jp-layout-color0": "#131416"},
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
nb_execution_mode = "off"  # they come executed
nb_merge_streams = True
nb_code_prompt_show = say("show-code")
nb_code_prompt_hide = say("hide-code")
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "places.anchor"
# A test holds all links of the built site: MyST knows no place but headings.
suppress_warnings = ["myst.xref_missing", "mystnb.unknown_mime_type", "misc.highlighting_failure"]
