"""The summary of a class: its numbers against plain arithmetic, its page against hostile names."""

import copy
import html
import random
import re
import statistics
import tracemalloc
from collections import Counter
from html.parser import HTMLParser

import pytest

from course_lib.grading import guards, outcomes, summary
from course_lib.grading.scoring import Score
from course_lib.grading.summary import class_summary

TITLES = {"no-correction": "m is used where m̂ should be", "t-stuck": "t never advances", "no-root": "No root"}


def score(auto, most=4.0, *, diagnosis=None, reason="", verified=True):
    return Score(auto, most, verified, reason, diagnosis, TITLES.get(diagnosis, "")).data()


def result(student, scores, notes=()):
    return {"student": student, "scores": scores, "notes": list(notes)}


def a_class(size, seed=1):
    """Results of a simulated class in one exercise of 8 points, one of 4, and an essay."""
    rng = random.Random(seed)
    for number in range(size):
        adam = rng.choice([8.0, 8.0, round(8 * rng.randint(1, 6) / 7, 2), 0.0])
        kind = None if adam == 8 else rng.choice(["no-correction", "no-correction", "t-stuck", None])
        why = "Adam could not be checked" if adam == 0 and kind is None else ""
        momentum = rng.choice([4.0, 1.0])
        cells = {
            "adam-check": score(adam, 8.0, diagnosis=kind, reason=why),
            "momentum-check": score(momentum, diagnosis="no-root" if momentum < 4 else None),
            "essay": score(None, 5.0, verified=False),
            "lost-check": score(None, 2.0, reason="The sandbox failed twice."),
        }
        yield result(f"student {number}", {"unit": cells}, ["A cell was put back."] * (number % 2))


@pytest.mark.parametrize("size", [1, 2, 99, 100])
def test_the_numbers_are_those_of_plain_arithmetic(size):
    results = list(a_class(size))
    found = class_summary(iter(results))
    assert found.students == size
    names = {"adam": "adam-check", "momentum": "momentum-check", "essay": "essay", "lost": "lost-check"}
    assert [one.name for one in found.exercises] == list(names)
    for one in found.exercises:
        scores = [result["scores"]["unit"][names[one.name]]["auto"] for result in results]
        known = [value for value in scores if value is not None]
        assert one.graded == len(known)
        assert one.by_hand == (size if one.name == "essay" else 0)
        assert one.none == (size if one.name == "lost" else 0)
        assert one.unverified == (size if one.name == "essay" else 0)
        assert (one.full, one.zero) == (known.count(one.max), known.count(0.0))
        if known:
            assert one.mean == pytest.approx(statistics.mean(known))
            assert one.median == pytest.approx(statistics.median(known))
        else:
            assert one.mean is None and one.median is None


def test_misconceptions_are_counted_and_ordered():
    results = list(a_class(200))
    found = class_summary(results)
    counts = Counter(
        (name.removesuffix("-check"), one["diagnosis"])
        for result in results
        for name, one in result["scores"]["unit"].items()
        if one["diagnosis"]
    )
    assert {(one.exercise, one.id): one.count for one in found.misconceptions} == counts
    assert [one.count for one in found.misconceptions] == sorted(counts.values(), reverse=True)
    short = sum(result["scores"]["unit"]["adam-check"]["auto"] < 8 for result in results)
    for one in found.misconceptions:
        assert one.title == TITLES[one.id]
        if one.exercise == "adam":
            assert one.share == pytest.approx(one.count / short)


def test_who_has_no_score_or_a_zero_without_a_judgement_or_was_repaired_is_named():
    """In the terminal as on the page."""
    results = list(a_class(100))
    unjudged = [r["student"] for r in results if r["scores"]["unit"]["adam-check"]["reason"]]
    everybody = [r["student"] for r in results]
    repaired = [r["student"] for r in results if r["notes"]]
    found = class_summary(results, left_out={".ben": "begins with a dot.", "x.zip": "is nobody's."})
    told = {(group.kind, group.exercises, group.text): group.students for group in found.groups}
    assert told == {
        ("zero", "adam", "Adam could not be checked"): unjudged,
        ("none", "lost", "The sandbox failed twice."): everybody,
        ("repair", "", "A cell was put back."): repaired,
        ("left out", "", "begins with a dot."): [".ben"],
        ("left out", "", "is nobody's."): ["x.zip"],
    }
    assert unjudged and list(found.missing) == sorted(everybody)
    page = found.html("unit")
    assert "<h1>unit: 100 submissions</h1>" in page
    printed = " ".join(found.text().split())
    for shown in (page, printed):
        assert all(re.search(rf"\b{name}\b", shown) for name in [*everybody, "x.zip"]) and ".ben" in shown
    assert max(map(len, found.text().splitlines())) <= summary.WIDE
    few = class_summary(results[:3]).text()
    assert re.search(r"3  lost: The sandbox failed twice\.\n +student 0, student 1, student 2\n", few)


def test_a_submission_of_which_all_failed_is_told_once():
    cells = {name: score(None, reason="It is no notebook.") for name in ("a", "b", "c")}
    [group] = class_summary([result("ada", {"unit": cells}, ["It is no notebook."])]).groups
    assert (group.exercises, group.students) == ("all exercises", ["ada"])


def test_a_submissions_outcome_and_notes_say_what_most_needs_a_look():
    lost, late, essay = score(None, reason="It is no\nnotebook."), score(0.0, reason="Too slow."), score(None)
    one = {"a": score(1.0), "b": late}
    for cells, outcome, told in [
        ({"first": {"a": score(0.0)}}, "score", "A cell was put back."),
        ({"first": one}, "zero", "b: Too slow. | A cell was put back."),
        ({"first": {**one, "c": essay}}, "by hand", "b: Too slow. | A cell was put back."),
        (
            {"first": one, "second": {"a": lost, "b": lost}},
            "none",
            "first/b: Too slow. | all of second: It is no notebook. | A cell was put back.",
        ),
        ({"first": {"a": lost, "b": lost}}, "none", "It is no notebook. | A cell was put back."),
    ]:
        given = copy.deepcopy(result("ada", cells, ["A cell was put back."]))
        assert (outcomes.overall(given), outcomes.notes(given)) == (outcome, told)
        by_then = outcomes.with_scores_by_hand(given, {"first": {"c"}})
        assert outcomes.without_score(by_then) is False


def test_cells_of_several_notebooks_are_told_apart():
    cells = {"q1": score(1.0)}
    titles = {("first", "q1"): "first: q1", ("second", "q1"): "second: q1"}
    found = class_summary([result("ada", {"first": cells, "second": cells})], titles)
    assert [one.name for one in found.exercises] == ["first: q1", "second: q1"]


def test_the_order_of_results_does_not_matter():
    results = list(a_class(50))
    assert class_summary(results).text() == class_summary(reversed(results)).text()


def test_memory_is_flat():
    """Six thousand results need no more than two thousand, whatever students' errors say."""

    def results(size):
        for number in range(size):
            told = score(0.0, reason=f"{number} {'e' * 5000}")
            yield result(f"student {number}", {"unit": {"a": told}})

    def peak(size):
        tracemalloc.start()
        try:
            class_summary(results(size))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(2000), peak(6000)  # both beyond the number of reasons that are told apart
    assert many < few + 100_000


def test_reasons_are_told_apart_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(summary, "MOST_REMARKS", 3)
    told = [score(0.0, reason=f"why {'abcde'[number % 5]}") for number in range(50)]
    found = class_summary(result("x", {"unit": {"a": one}}) for one in told)
    assert {one.text: one.count for one in found.groups} == {
        "why a": 10,
        "why b": 10,
        "why c": 10,
        summary.OTHER: 20,
    }


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The notebook was found at a.ipynb.", "The notebook was found at my/Work 2.ipynb.", True),
        ("Ada L - 02 (1).ipynb was graded in place.", "02.ipynb was graded in place.", True),
        ("It is not valid JSON (line 7).", "It is not valid JSON (line 12).", True),
        ("a.ipynb is too large (3 MB).", "b.csv is too large (120.5 MB).", True),
        ("a.ipynb counts, as it is filled in.", "b.ipynb counts, as it is the newest.", False),
        ("Adam could not be checked: NameError", "Adam could not be checked: KeyError", False),
        ("Another file could not be read. Ada.ipynb: It is empty.", "Ada.ipynb: It is empty.", False),
        ("a.ipynb is too large and was left out.", "a.ipynb cannot be read and was left out.", False),
    ],
)  # fmt: skip
def test_reasons_that_differ_by_a_file_or_a_number_are_told_together(one, other, same):
    results = [
        result("ada", {"unit": {"a": score(None, reason=one)}}),
        result("ben", {"unit": {"a": score(None, reason=other)}}),
    ]
    groups = class_summary(results).groups
    assert len(groups) == (1 if same else 2)
    if same:
        assert groups[0].students == ["ada", "ben"] and groups[0].told == f"{min(one, other)} (or alike)"


HOSTILE = "<script>alert(1)</script> & \"q\" 'a' \x1b[31m\n\u202e $x_{$ \\frac \ud800"


def hostile():
    values = {**score(0.0, reason=HOSTILE), "diagnosis": HOSTILE, "title": HOSTILE}
    return class_summary([result(HOSTILE, {HOSTILE: {HOSTILE: values}}, [f"{HOSTILE} put back"])])


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.attributes = [], Counter(), []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.seen[tag] += 1
        self.attributes += attributes
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_shows_hostile_texts_as_texts():
    tags = Tags(hostile().html("unit"))
    assert not tags.open
    assert tags.seen["script"] == 0 and tags.seen["img"] == 0 and tags.seen["table"] == 4
    own = {"charset", "class", "content", "http-equiv", "lang", "name", "scope", "tabindex"}
    assert {name for name, _ in tags.attributes} <= own | {"style"}  # a bar's length
    hostile().html("unit").encode("utf-8")
    assert "&lt;script&gt;" in hostile().html("unit")


def test_the_terminal_gets_printable_lines():
    text = hostile().text()
    assert all(character.isprintable() for line in text.splitlines() for character in line)
    text.encode("utf-8")


def test_the_page_needs_no_other_file_and_its_bars_have_names_and_numbers():
    page = class_summary(a_class(100)).html("unit")
    tags = Tags(page)
    assert not [value for name, value in tags.attributes if name in ("src", "href")]
    [bar] = re.findall(r"<li><span>adam: m is used where m̂ should be</span>.*</li>", page)
    assert re.search(r'style="width: \d+\.\d%"', bar) and re.search(r"<span>\d+ \(\d+ %\)</span>", bar)
    assert 'lang="en"' in page and tags.seen["caption"] == tags.seen["table"] == 5
    assert ("scope", "row") in tags.attributes and ("scope", "col") in tags.attributes


def test_bars_are_as_long_as_what_they_say():
    page = class_summary(a_class(100)).html("unit")
    mean = {name: (float(width), int(said)) for name, width, said in re.findall(BAR, page)}
    assert mean.keys() == {"adam", "momentum"} and all(
        abs(width - said) <= 0.5 for width, said in mean.values()
    )


BAR = (
    r'<li><span>([^<]*)</span><span class="length"><span style="width: ([\d.]+)%"></span></span>'
    r"<span>(\d+) %</span>"
)


def test_what_held_the_runs_in_is_said_of_those_whose_workers_told_it():
    results = list(a_class(10))
    for result, told in zip(results, [["group"]] * 6 + [["pages", "unfiltered"]] * 3, strict=False):
        result["guards"] = told
    alike, mixed = class_summary(results[:6]), class_summary(results)
    assert alike.guards == (guards.SENTENCES["group"],)
    assert [sentence.partition(": ")[0] for sentence in mixed.guards] == [
        "Of 6 of 9 submissions",
        "Of 3 of 9 submissions",
        "Of 3 of 9 submissions",
    ]
    for found in (alike, mixed):
        assert found.text().endswith("\n".join(found.guards))
        paragraphs = re.findall(r'<p class="told">(.*?)</p>', found.html("unit"))
        assert tuple(map(html.unescape, paragraphs)) == found.guards


def test_an_empty_class_is_no_error():
    found = class_summary([])
    assert found.text() == "0 submissions"
    assert found.html("unit").count("<li>none</li>") == 2
    assert "<table" not in found.html("unit")
