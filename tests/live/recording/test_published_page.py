"""The page for absent students: whole by itself, nothing in it runs; and what is shown before anything is published."""

import re

import pytest
from records import failed, printed, published_from, ran, typed, value, write
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.live.recording.publish import publish
from resnet_live.live.recording.publish_decisions import DecisionKind, chosen, decisions, preview
from resnet_live.live.recording.published_page import published_page

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page_of(*cells):
    return published_page(*published_from(*cells))


def test_code_outputs_errors_and_fixes_are_on_it():
    html = page_of(ran("2.1", printed("Conv2d 1 4\n")), ran("2.24"), ran("2.25"), typed("1 < 2", value("True")))
    assert "digit_net" in html and "Conv2d 1 4" in html and "what step 2.24 raises" in html
    assert "This failed in class." in html and '<span class="plus">' in html and "1 &lt; 2" in html
    assert "2.24 · Make a model of the class" in html


def test_pictures_are_in_it_and_nothing_is_fetched_or_run():
    html = page_of(
        typed("plot()", value("<Figure>", image_png=PIXEL)),
        typed(
            "draw()",
            {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg onload='x()'></svg>"}},
        ),
        typed("show()", value("a", text_html=f"<img alt='A &quot;dot&quot;' src='data:image/png;base64,{PIXEL}'>")),
        typed(
            "bad()",
            value(
                "b", text_html="<script>alert(1)</script><img src='https://x.example/a.png' onerror='y()'><b>bold</b>"
            ),
        ),
        typed("print('<script>')", printed("<script>z()</script>\n")),
    )
    assert html.count("<img ") == 3 and "A &quot;dot&quot;" in html
    assert all(address.startswith("data:image/") for address in re.findall(r'\bsrc="([^"]*)"', html))
    assert not re.search(r"<script|<link|<iframe|onerror=|onload=|@import|url\(", html)


def test_words_beside_a_picture_stay():
    drawn = "<svg viewBox='0 0 3 3' aria-label='A dot'><text>inside</text></svg><p>How it <b>stands</b></p>"
    html = page_of(typed("show()", value("Figure()", text_html=drawn)))
    assert 'alt="A dot"' in html and "<p>How it stands</p>" in html and "inside" not in html


def test_it_opens_without_a_network(browser, tmp_path):
    (*_, page), _ = publish(
        [write(tmp_path / "a.jsonl", [ran("2.1"), typed("plot()", value("F", image_png=PIXEL))])], tmp_path
    )
    context = browser.new_context(offline=True, java_script_enabled=False, viewport={"width": 390, "height": 800})
    opened, asked = context.new_page(), []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(page.as_uri())
    assert opened.locator("pre.code").count() == 2
    assert opened.locator("img").bounding_box()["width"] >= 1
    # the chapters of a session are a long title: on a phone it leaves room for the rest
    assert opened.locator("h1").evaluate("title => parseFloat(getComputedStyle(title).fontSize)") <= 26
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_what_only_the_instructor_can_decide():
    runs, _ = published_from(
        typed("open('grades_anna.xlsx')"),
        typed("!ls", printed("grades_anna.xlsx\nholiday.jpg\n")),
        typed("url = 'http://gpu3.institute.example/x'", printed("see pytorch.org\n")),
        typed("torch.log(x).mean()", failed("OSError", "no", "File x.py")),
    )
    found = {(decision.kind, decision.text): decision.numbers for decision in decisions(runs)}
    assert found == {
        (DecisionKind.FILE_NAME, "grades_anna.xlsx"): (1, 2),
        (DecisionKind.FILE_NAME, "holiday.jpg"): (2,),
        (DecisionKind.LISTING, "`!ls`"): (2,),
        (DecisionKind.HOST_NAME, "gpu3.institute.example"): (3,),
    }
    lines = preview(runs)
    assert len(lines) == 4 and lines[3].endswith("OSError") and "!ls" in lines[1]


def test_the_chapters_own_steps_ask_for_no_decision():
    runs, _ = published_from(*(ran(number) for number in ("2.1", "2.10", "5.24", "6.16")))
    assert decisions(runs) == []


def test_cells_to_drop():
    assert chosen("", 9) == set() and chosen("3, 5-7 9", 9) == {3, 5, 6, 7, 9}
    for wrong in ("0", "10", "7-5", "x", "3-10"):
        with pytest.raises(ValueError, match="is no cell"):
            chosen(wrong, 9)


def test_nothing_is_published_unasked(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1"), typed("open('grades.xlsx')"), typed("key = 'geheim-123'")])
    said = CliRunner().invoke(app, ["live", "publish", str(record), "--out", str(tmp_path / "out")])
    assert said.exit_code == 1 and "nothing was published" in said.output and "--yes" in said.output
    assert "Decide: file name grades.xlsx (cell 2)" in said.output and "   1  2.1" in said.output
    assert not (tmp_path / "out").exists()
    arguments = ["--drop", "2", "--take-out", "geheim-123", "--yes", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, ["live", "publish", str(record), *arguments]).exit_code == 0
    for file in (tmp_path / "out").iterdir():
        text = file.read_text()
        assert "grades" not in text and "geheim" not in text
    wrong = CliRunner().invoke(app, ["live", "publish", str(record), "--drop", "9", "--yes"])
    assert wrong.exit_code == 1 and "from 1 to 3" in wrong.output
    everything = CliRunner().invoke(app, ["live", "publish", str(record), "--drop", "1-3", "--yes"])
    assert everything.exit_code == 1 and "Every cell is dropped" in everything.output


def test_what_is_secret_in_a_dropped_cell_is_taken_out_of_the_others(tmp_path):
    record = write(
        tmp_path / "a.jsonl", [typed("password = 'geheim-123'"), typed("print(x)", printed("it is geheim-123\n"))]
    )
    files, _ = publish([record], tmp_path / "out", drop={1})
    assert all("geheim" not in file.read_text() for file in files)
