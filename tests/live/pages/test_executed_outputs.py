"""What an executed cell shows, in plain text, and which step it belongs to."""

import nbformat
from nbformat.v4 import new_notebook, new_output
from timelines import a_step

from resnet_live.live.pages import executed_outputs


def printed(text):
    return new_output("stream", name="stdout", text=text)


def test_printed_text_values_and_tables_stand_in_their_order():
    table = new_output("display_data", data={"text/html": "<table><tr><td>1<td>2</table>", "text/plain": "<Styler>"})
    outputs = [printed("one\n"), printed("two\n"), new_output("execute_result", data={"text/plain": "3"}), table]
    assert executed_outputs.as_text(outputs) == "one\ntwo\n3\n1  2"


def test_what_has_to_be_seen_or_operated_is_no_text():
    figure = new_output("display_data", data={"text/html": "<svg/>", "text/plain": "A curve that falls."})
    widget = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"})
    assert executed_outputs.as_text([figure, widget]) == ""
    assert executed_outputs.pictures([figure, widget]) == ["A curve that falls."]
    assert executed_outputs.to_operate([widget]) and not executed_outputs.to_operate([figure])


def test_no_object_stands_in_place_of_its_words():
    said = new_output(
        "display_data", data={"text/markdown": "Recorded with `make`.", "text/plain": "<Markdown object>"}
    )
    nothing = new_output("display_data", data={"text/html": "", "text/plain": "<HTML object>"})
    assert executed_outputs.as_text([said, nothing]) == "Recorded with make."


def test_a_table_that_was_too_wide_for_its_words_is_whole():
    html = "<table><tr><td>loss<td>plain-56 and plain-20<td>0.86<td>higher</table>"
    table = new_output(
        "execute_result", data={"text/html": html, "text/plain": "loss ... higher\n\n[1 rows x 4 columns]"}
    )
    assert executed_outputs.as_text([table]) == "loss  plain-56 and plain-20  0.86  higher"


def test_sentences_stand_without_marks_of_markdown_and_what_shows_nothing_leaves_no_line():
    said = new_output("execute_result", data={"text/html": "<p>By <code>make</code>.</p>", "text/plain": "By `make`."})
    bar = {"text/html": "<div></div>", "text/plain": "<div></div>", "text/markdown": "```html\n<div></div>\n```"}
    assert executed_outputs.as_text([new_output("display_data", data=bar), said]) == "By make."


def test_a_long_line_is_whole_and_counts_as_the_lines_that_it_fills():
    words = "torch 2.14, " * 15 + "the end"
    assert executed_outputs.shortened(words, 2) == words
    *_, left_out, end = executed_outputs.shortened("torch 2.14, " * 60 + "the end", 4).splitlines()
    assert left_out == "… 4 lines more …" and end.endswith("the end") and len(end) <= executed_outputs.WIDTH


def test_the_end_of_a_long_error_stays():
    error = new_output("error", ename="RuntimeError", evalue="expected " + "16 " * 60 + "but got 32", traceback=[])
    assert executed_outputs.error([error]).endswith("but got 32")


def test_an_error_is_its_name_and_its_message():
    error = new_output("error", ename="NameError", evalue="name 'a' is not defined", traceback=["long"])
    assert executed_outputs.error([printed("x"), error]) == "NameError: name 'a' is not defined"
    assert executed_outputs.error([printed("x")]) == ""


def test_a_long_text_keeps_its_beginning_and_its_end():
    lines = executed_outputs.shortened("\n".join(map(str, range(100)))).splitlines()
    assert len(lines) == executed_outputs.LINES
    assert (lines[0], lines[-1]) == ("0", "99")
    assert "… 87 lines more …" in lines
    assert executed_outputs.shortened("x" * 200) == "x" * (executed_outputs.WIDTH - 1) + "…"


def test_steps_get_the_outputs_of_the_code_that_they_have_now(small, tmp_path):
    same, other = a_step("2.3", "print('x')", "fix"), a_step("2.2", "print('old')", "mistake")
    same.outputs, other.outputs = [printed("x\n")], [printed("old\n")]
    (tmp_path / "executed").mkdir()
    nbformat.write(new_notebook(cells=[same, other]), tmp_path / "executed" / "02_small.ipynb")
    assert list(executed_outputs.executed_cells(small, tmp_path / "executed")) == ["2.3"]
    assert executed_outputs.executed_cells(small, tmp_path / "nowhere") == {}
