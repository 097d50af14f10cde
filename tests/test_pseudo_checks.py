"""Each sentence of a check comes from data: in a translation, none is left in English."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pseudo
import pytest

SHOWN = Path(__file__).with_name("shown_by_checks.py")
FIELD = re.compile(r'(?<!\{)\{\w+(?:![rs])?(?::[^{}"]*)?\}')
TAG = re.compile(r"<[^>]*>")


pytestmark = pytest.mark.slow  # every exercise's check is made to speak


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What checks show in the language between brackets, where what is filled in stands outside of them."""
    folder = pseudo.translate(tmp_path_factory.mktemp("xx"))
    for file in (path for path in folder.rglob("*") if path.is_file()):
        file.write_text(FIELD.sub(r"⟧\g<0>⟦", file.read_text("utf-8")), "utf-8")
    language = {"COURSE_LANGUAGE": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run([sys.executable, SHOWN], env=os.environ | language, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_all_that_a_check_shows_is_data_or_a_value_or_a_students_own(reports):
    bare = set()
    for report in reports:
        for text in report["texts"]:
            words = pseudo.outside(html.unescape(TAG.sub(" ", text)), report["own"])
            bare |= {(report["exercise"], word) for word in words if word not in report["names"]}
    assert not bare


def test_what_is_shown_is_of_many_kinds(reports):
    """So that the first test is not empty: reports that pass, each exercise's mistakes, errors, pictures."""
    told = [report["texts"][0] for report in reports]
    assert sum("✗" not in text for text in told) >= len({report["exercise"] for report in reports})
    assert len({re.sub(r"[\d.,−]+", "#", text) for text in told}) > 400
    assert sum(bool(report["texts"][2]) for report in reports) > 100
