"""What stands on the board: nothing private, nothing that a browser would run, fixes as differences."""

import base64
import time
from xml.etree import ElementTree

import pytest
from IPython.core.formatters import DisplayFormatter

from resnet_live.live.board.shown_run import ShownClass
from resnet_live.live.chapter import find_chapter
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.publish import prepare
from resnet_live.live.recording.session_log import LoggedCell, SessionLog
from resnet_live.widgets import predict, strided_or_pooled

PNG = base64.b64encode(b"\x89PNG fake").decode()
HERE = MachineNames(home=["/home/ada"], folder=["/home/ada/course"], user="adalove", host="babbage")


def ran(source: str, *outputs: dict, error: str | None = None, **more) -> LoggedCell:
    return LoggedCell(source, began=time.time(), outputs=list(outputs), error=error, **more)


def printed(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}


def displayed(**data: str) -> dict:
    names = {
        "text": "text/plain",
        "html": "text/html",
        "png": "image/png",
        "svg": "image/svg+xml",
        "js": "text/javascript",
    }
    return {"output_type": "display_data", "data": {names[name]: value for name, value in data.items()}}


def shown(*cells: LoggedCell) -> list[dict]:
    return ShownClass([HERE]).runs(cells)


def test_what_publish_takes_out_is_not_shown():
    cells = [
        ran("password = 'correct horse'\nopen('/home/ada/course/x.txt')", printed("adalove@babbage")),
        ran("%next\nprint(password)", printed("correct horse\n"), displayed(text="correct horse")),
        ran(
            "f()",
            {"output_type": "error", "ename": "E", "evalue": "/home/ada/key", "traceback": ["correct", "/home/ada/k"]},
        ),
    ]
    text = str(shown(*cells))
    for private in ("correct horse", "/home/ada", "adalove", "babbage", "%next"):
        assert private not in text
    runs, _ = prepare(SessionLog(cells, [HERE], []))
    assert "correct horse" not in str(runs)  # the same judge


def test_a_secret_that_is_told_later_goes_from_earlier_cells_too():
    board, early = ShownClass([HERE]), ran("print(k)", printed("zebra-crossing-77\n"))
    assert "zebra" in str(board.runs([early]))
    late = ran("api_key = 'zebra-crossing-77'")
    assert "zebra" not in str(board.runs([early, late]))


def test_html_is_never_shown_as_such():
    evil = "<b onclick=alert(1)>words</b><script>alert(2)</script>"
    (cell,) = shown(ran("x", displayed(html=evil, text="words"), displayed(html=evil), displayed(js="alert(3)")))
    assert {output["kind"] for output in cell["outputs"]} == {"text"}
    assert "onclick" not in str(cell["outputs"]) and "<script" not in str(cell["outputs"])


def test_pictures_are_named_by_what_is_in_them():
    html = f'<figure><img src="data:image/png;base64,{PNG}" alt="A &quot;curve&quot;"></figure><p>Words beside it</p>'
    svg = "<svg role='img' aria-label='Bars'><script>alert(1)</script></svg>"
    board = ShownClass([HERE])
    (cell,) = board.runs(
        [
            ran(
                "x",
                displayed(png=PNG, text="<Figure>"),
                displayed(html=html, text="A curve"),
                displayed(html=svg),
                displayed(html=svg + html),
            )
        ]
    )
    shown = [(each["kind"], each.get("alt") or each["text"]) for each in cell["outputs"]]
    curve, words, bars = ("picture", 'A "curve"'), ("words", "Words beside it"), ("picture", "Bars")
    assert shown == [("picture", "<Figure>"), curve, words, bars, bars, curve, words]
    names = [each["name"] for each in cell["outputs"] if each["kind"] == "picture"]
    assert len(set(names)) == 2 == len(board.files)  # the same picture is one file
    assert {board.files[name]["mime"] for name in names} == {"image/png", "image/svg+xml"}
    assert board.files[names[0]]["base64"] == PNG


def test_a_figure_to_operate_is_seen_as_it_stood():
    bundle, _ = DisplayFormatter().format(strided_or_pooled())
    output = {"output_type": "display_data", "data": bundle}
    question, _ = DisplayFormatter().format(predict("2.5"))
    board = ShownClass([HERE])
    (cell,) = board.runs([ran("figure", output, {"output_type": "display_data", "data": question})])
    picture, words, asked = cell["outputs"]
    assert picture["kind"] == "picture" and len(picture["alt"]) > 40
    assert words["kind"] == "words" and "as it stood when it was shown" in words["text"] and "stride: " in words["text"]
    assert asked["text"] == "[An interactive figure: see the chapter.]"  # of a question, whose buttons give answers
    drawing = base64.b64decode(board.files[picture["name"]]["base64"]).decode()
    assert ElementTree.fromstring(drawing).get("width") and ".rl-pic" in drawing and "script" not in drawing


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "http://evil.example/x.png", "data:text/html;base64,PHNjcmlwdD4="]
)
def test_pictures_from_elsewhere_are_not_shown(source):
    (cell,) = shown(ran("x", displayed(html=f'<img src="{source}" alt="A">', text="A")))
    assert source not in str(cell) and [each["kind"] for each in cell["outputs"]] == ["text"]


def test_what_is_enormous_is_cut():
    (cell,) = shown(
        ran("x = 1", printed("line\n" * 100_000 + "the last line"), displayed(png=PNG * 200_000, text="big"))
    )
    assert len(str(cell)) < 40_000 and "the last line" in cell["outputs"][0]["text"]
    assert len(shown(*(ran(f"x = {n}") for n in range(520)))) == 500


def test_a_long_session_lets_its_oldest_pictures_go(monkeypatch):
    monkeypatch.setattr("resnet_live.live.board.shown_run.ALL_IMAGES", 50)
    board, cells = (
        ShownClass([HERE]),
        [ran(f"x = {n}", displayed(png="iVBORw0KGgo" + f"{n}" * 13, text=f"<{n}>")) for n in range(4)],
    )
    assert [cell["outputs"][0]["kind"] for cell in board.runs(cells)] == ["text", "text", "picture", "picture"]
    assert len(board.files) == 2
    assert [cell["outputs"][0]["kind"] for cell in board.runs(cells[:2])] == ["picture", "picture"]
    assert {each["name"] for cell in board.runs(cells[:2]) for each in cell["outputs"]} == set(board.files)


def test_errors_are_text_without_colours():
    red = ["\x1b[0;31mValueError\x1b[0m  Traceback", "\x1b[0;31mValueError\x1b[0m: no"]
    (cell,) = shown(
        ran(
            "f()", {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": red}, error="ValueError"
        )
    )
    (output,) = cell["outputs"]
    assert (
        (output["kind"], output["last"]) == ("error", "ValueError: no") and "\x1b" not in str(cell) and cell["failed"]
    )


def test_a_fix_is_shown_as_a_difference():
    chapter = find_chapter(2)
    mistake, fix = chapter.step("2.29"), chapter.step("2.30")
    named = {"chapter": chapter.name}
    typed = ran("def net(x):\n    return x.mean(2)\n\nnet(1)", error="AttributeError", **named)
    mended = ran("def net(x):\n    return x.mean(3)\n\nnet(1)", **named)
    one, two, three, four = shown(
        ran(mistake.code, error="RuntimeError", step="2.29", **named),
        ran(fix.code, step="2.30", **named),
        typed,
        mended,
    )
    assert two["fixes"] == ["step 2.29"] and {sign for sign, _ in two["difference"]} >= {"+"}
    assert one["wrong"] and one["difference"] == []
    assert ["-", "    return x.mean(2)"] in four["difference"] and ["+", "    return x.mean(3)"] in four["difference"]
    assert three["failed"]


def test_colours_leave_the_code_as_it_is():
    code = '\n\n  def f(x): # <b>\n\treturn \'ä\' + """\n%%"""\n'
    (cell,) = shown(ran("x = 1\n" + code))
    assert "".join(text for _, text in cell["colours"]) == cell["code"]


def test_a_cell_that_runs_is_shown_without_output():
    running = ran("train()")
    *_, last = ShownClass([HERE]).runs([ran("x = 1")], running)
    assert last["running"] and last["code"] == "train()"
    assert ShownClass([HERE]).runs([], ran("%next")) == []


def test_a_question_is_shown_as_text_without_its_answer():
    (cell,) = shown(ran('widgets.predict("5.32")', displayed(text="VBox(children=())")))
    ask, *choices = (output["text"] for output in cell["outputs"])
    assert "What happens?" in ask and "– It runs" in choices
    assert "broadcasting" not in str(cell) and "VBox" not in str(cell)
    (other,) = shown(ran('model.predict("5.99")', displayed(text="[1, 2]")))
    assert other["outputs"] == [{"kind": "text", "text": "[1, 2]"}]
