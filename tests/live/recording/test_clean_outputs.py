"""Outputs on their way out: images stay, what is enormous or strange becomes a note."""

import base64
import io

import nbformat
import pytest
from PIL import Image
from records import (
    code,
    notebook_of,
    printed,
    typed,
    value,
)

from resnet_live.live.recording.clean_outputs import as_text


def test_images_are_not_touched():
    picture = base64.b64encode(bytes(range(256)) * 40).decode()
    html = f'<img alt="a cat" src="data:image/jpeg;base64,{picture}">'
    notebook, report = notebook_of(
        typed("show()", value("<Picture>", text_html=html)),
        typed("plot()", {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}),
    )
    first, second = code(notebook)
    assert first.outputs[0].data["text/html"] == html
    assert second.outputs[0].data["image/png"] == picture
    assert not report.removed


def test_a_million_characters_are_shortened_and_it_is_said():
    text = "".join(f"line {number}\n" for number in range(100_000))
    notebook, report = notebook_of(typed("for …", printed(text)), typed("x", value("9" * 1_000_000)))
    for cell in code(notebook):
        shown = nbformat.writes(notebook)
        assert len(shown) < 200_000
        assert "characters left out; they are in the record" in str(cell.outputs)
    assert "line 0\n" in code(notebook)[0].outputs[0].text
    assert "line 99999\n" in code(notebook)[0].outputs[0].text
    assert len(report.shortened) == 2


def test_a_huge_image_is_left_out_and_it_is_said():
    huge = base64.b64encode(b"x" * 2_000_000).decode()
    notebook, report = notebook_of(
        typed("plot()", {"output_type": "display_data", "data": {"image/png": huge}, "metadata": {}})
    )
    (output,) = code(notebook)[0].outputs
    assert "an image is left out: it has 2.7 MB" in output.text
    assert "2.7 MB" in report.shortened[0]


STRANGE = [
    {"output_type": "display_data", "data": {"image/png": [1, 2, 3]}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": {"not": "text"}}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": "\x00\x01 not base64"}, "metadata": {}},
    {"output_type": "display_data", "data": {"application/octet-stream": "AAAA"}, "metadata": {}},
    {"output_type": "display_data", "data": {}, "metadata": {}},
    {"output_type": "display_data", "data": "text"},
    {"output_type": "party"},
    {},
    {"output_type": "stream", "name": 3, "text": ["a\n", "b\ud800\n"]},
    {"output_type": "stream", "name": "stdout", "text": None},
    {"output_type": "error", "ename": None, "evalue": 3, "traceback": None},
    {"output_type": "error", "ename": "E", "evalue": "", "traceback": "one string"},
    {"output_type": "execute_result", "data": {"text/plain": ["a", "b"]}, "metadata": None},
]


@pytest.mark.parametrize("output", STRANGE)
def test_a_strange_output_stops_nothing(output):
    notebook, _ = notebook_of(typed("x", output), typed("y = 2"))
    text = nbformat.writes(notebook)
    nbformat.validate(nbformat.reads(text, as_version=4))
    text.encode("utf-8")
    assert len(code(notebook)) == 2


def test_sentences_have_no_marks_of_markdown():
    said = value("`%next` gives 2.4.", text_html="<p><code>%next</code> gives 2.4.</p>")
    assert as_text([said, value("`a`")]) == "%next gives 2.4.\n`a`"


def test_a_large_image_is_scaled_down_and_stays_a_picture():
    file = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).save(file, format="PNG")
    large = base64.b64encode(file.getvalue()).decode()
    notebook, report = notebook_of(typed("photo()", value("a photo", image_png=large)))
    note, output = code(notebook)[0].outputs
    assert "scaled down" in note.text and "scaled down" in report.shortened[0]
    assert set(output.data) == {"text/plain", "image/jpeg"} and len(output.data["image/jpeg"]) < 1_000_000 < len(large)
    assert max(Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"]))).size) <= 1600


def test_a_widget_without_its_kernel_is_a_note():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}, "text/plain": "VBox(children=(…))"}
    notebook, _ = notebook_of(typed("w()", {"output_type": "display_data", "data": view, "metadata": {}}))
    assert "interactive figure" in code(notebook)[0].outputs[0].text
