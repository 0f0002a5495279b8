"""What the board keeps: a browser that was away misses nothing, and a killed server forgets nothing."""

import json

from serving import cell, served

from resnet_live.live.board.board_room import Room, Signal
from resnet_live.live.board.board_store import BoardStore

QUESTION = {"step": "2.5", "ask": "How high?", "choices": ["128", "126"], "right": "126", "why": ["", ""]}


def items(events: bytes) -> list[str]:
    return [json.loads(line[6:])["key"] for line in events.decode().splitlines() if line.startswith('data: {"key"')]


def test_only_what_changed_is_said_again():
    store = BoardStore()
    store.put("cell.0", {"code": "a"})
    first, mark = store.since("")
    assert items(first) == ["cell.0"] and b"event: reset" in first
    assert store.since(mark) == (b"", mark)
    store.put("cell.0", {"code": "a"})
    assert store.since(mark)[0] == b""
    store.put("cell.1", {"code": "b"})
    store.put("cell.0", None)
    assert items(store.since(mark)[0]) == ["cell.1", "cell.0"] and b"reset" not in store.since(mark)[0]


def test_marks_that_are_none_give_everything():
    store = BoardStore()
    store.put("cell.0", 1)
    for mark in ("", "x", "0-0", f"{store.epoch}-x", f"{store.epoch}-" + "9" * 30, "é-1", "-", f"{store.epoch}-²"):
        assert items(store.since(mark)[0]) == ["cell.0"], mark


def test_private_items_are_for_the_remote_control():
    store = BoardStore()
    store.put("private.class", {"note": "say"})
    assert items(store.since("")[0]) == [] and items(store.since("", private=True)[0]) == ["private.class"]


def test_a_line_break_in_an_item_breaks_no_event():
    store = BoardStore()
    store.put("cell.0", {"code": "a\n\nevent: item\ndata: {}\r\u2028\ud800"})
    events = store.since("")[0].decode()
    assert sum(line.startswith('data: {"key"') for line in events.split("\n")) == 1 and "\r" not in events


def test_a_killed_server_forgets_nothing(tmp_path):
    file = tmp_path / "items.jsonl"
    store = BoardStore(file)
    room = Room(store)
    store.put("cell.0", {"code": "a"})
    _, before = store.since("")
    store.put("cell.1", {"code": "b"})
    room.open_vote(QUESTION)
    room.cast("ada", "2.5", 1)
    room.signal("ada", Signal.STUCK)
    _, seen = store.since("")
    with file.open("a") as torn:
        torn.write('{"key": "cell.2", "va')

    again = BoardStore(file)
    room = Room(again)
    assert again.value("cell.1") == {"code": "b"} and room.of_visitor("ada") == {"signal": "stuck", "choice": 1}
    assert room.results()["counts"] == [0, 1]
    assert "cell.0" not in items(again.since(before)[0]) and "cell.1" in items(again.since(before)[0])
    again.put("cell.2", {"code": "c"})  # after the crash: those who have seen all of before must be told
    assert "cell.2" in items(again.since(seen)[0]) and "cell.1" not in items(again.since(seen)[0])
    third = BoardStore(file)
    assert third.value("cell.2") == {"code": "c"}


def test_a_stream_goes_on_where_it_was_cut(tmp_path):
    with served(tmp_path / "items.jsonl") as server:
        server.kernel(items={"cell.0": cell(), "length": 1})
        cookie = server.visitor()
        first = server.events(cookie)
        mark = [value for key, value in first if key == "id"][-1]
        server.kernel(items={"cell.1": cell(step="2.2"), "length": 2})
        second = server.events(cookie, after=mark)
        assert "cell.1" in dict(second) and "cell.0" not in dict(second) and "reset" not in dict(second)


def test_the_state_until_a_cell_is_what_ran(tmp_path):
    with served() as server:
        cells = [
            cell(code="%matplotlib inline\nx = 1"),
            cell(step="2.2", code="x.y", failed=True, wrong=True),
            cell(step="", prompt="", code="z = x"),
            cell(code="later = 1"),
        ]
        server.kernel(items={f"cell.{n}": made for n, made in enumerate(cells)} | {"length": 4})
        cookie = server.visitor()
        python = server.get("/state/2.py", Cookie=cookie)
        assert "attachment" in python.headers["Content-Disposition"]
        names: dict = {}
        exec(python.body, names)
        assert names["z"] == 1 and "later" not in names and "x.y" not in python.body
        notebook = server.get("/state/2.ipynb", Cookie=cookie).json
        assert [each["source"].splitlines()[-1] for each in notebook["cells"]] == ["x = 1", "z = x"]
        import nbformat

        nbformat.validate(nbformat.from_dict(notebook))


def test_a_timer_begins_anew_with_done_and_stuck():
    store = BoardStore()
    room = Room(store)
    room.signal("ada", Signal.STUCK)
    room.signal("bob", Signal.DONE)
    room.signal("bob", Signal.DONE)
    assert (store.value("room")["done"], store.value("private.room")["stuck"]) == (1, 1)
    room.start_timer(5, "Exercise 2.3")
    assert (store.value("room")["done"], store.value("private.room")["stuck"]) == (0, 0)
    assert store.value("timer")["seconds"] == 300 and store.value("timer")["label"] == "Exercise 2.3"
    room.stop_timer()
    assert store.value("timer") is None


def test_what_is_over_makes_room_when_the_class_goes_on():
    with served() as server:
        room, store = server.context.room, server.context.store
        asked = {"step": "5.32", "ask": "Which?", "choices": ["a", "b"], "right": "a", "why": ["", ""]}
        server.kernel(items={"cell.0": cell(), "length": 1}, ask=asked, timer=[5, ""])
        server.kernel(items={"cell.1": cell(), "length": 2})
        assert store.value("vote")["stage"] == "open" and "past" not in store.value("vote") and store.value("timer")
        room.show_vote()
        store.put("timer", store.value("timer") | {"ends": 1.0})
        assert "past" not in store.value("vote")
        server.kernel(items={"cell.1": cell(outputs=[{"kind": "text", "text": "more"}]), "length": 2})
        assert "past" not in store.value("vote") and store.value("timer")  # no new cell
        server.kernel(items={"cell.2": cell(), "length": 3})
        assert store.value("vote")["past"] and room.results()["past"] and store.value("timer") is None
        room.show_vote()
        assert "past" not in store.value("vote")
