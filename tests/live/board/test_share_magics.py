"""%share, %vote, %timer and %remote as they are typed; where a board is opened, and what happens when it cannot be."""

import json
import socket
import time

import psutil
import pytest
from processes import gone
from serving import unused_port

from resnet_live.live.board import network_address
from resnet_live.live.board.board_folder import BoardSettings, read_settings, remove_left, write_settings
from resnet_live.live.board.shared_board import board_place
from resnet_live.live.chapter import LiveError


@pytest.fixture
def shared(say, state, monkeypatch, tmp_path):
    """A class whose board is open."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))
    assert "open to this machine alone" in say("%share on")
    yield state.board
    say("%share off")


def until(condition, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.slow
def test_a_board_from_beginning_to_end(say, state, shared):
    assert "http://127.0.0.1:" in say("%share") and "publish" in say("%share")
    assert "open to this machine alone" in say("%share on")  # twice is once
    assert "First `%share off`" in say("%share on --network")

    say("secret_key = 'zebra-crossing-77'\nprint(secret_key)")
    say("x = 1")
    until(lambda: shared.ask()["length"] == 2)
    file = shared.folder / "items.jsonl"
    assert "zebra" not in file.read_text() and "[secret]" in file.read_text()
    assert shared.folder.stat().st_mode & 0o077 == 0
    shared.forget_last()
    until(lambda: shared.ask()["length"] == 1)
    say("y = 2")
    until(lambda: shared.ask()["length"] == 2)
    assert '"x = 1"' not in (shared.folder / "record.jsonl").read_text()

    assert "no question" in say("%vote 2.999").lower() and "No question is asked" in say("%vote close")
    assert "The vote on 2.5 is open" in say("%vote 2.5") and "0 voted" in say("%vote")
    shown = say("%vote show")
    assert "126 ✓" in shown and "0 votes" in shown and "No question" in say("%vote end")
    assert "How many minutes?" in say("%timer soon") and "up to 180" in say("%timer 1000")
    assert (
        "5 min from now" in say("%timer 5 Exercise 2.3")
        and "Done: 0. Stuck: 0." in say("%timer")
        and say("%timer off") == ""
    )
    link = say("%remote").split()[-1]
    assert link.startswith(shared.settings.url) and link != say("%remote").split()[-1]

    server = shared.settings.server
    assert "nothing of it is kept" in say("%share off") and state.board is None and not shared.folder.exists()
    assert gone(server)
    assert (
        "%share on" in say("%vote")
        and "Nothing is shared" in say("%share")
        and "Nothing is shared" in say("%share off")
    )


@pytest.mark.slow
def test_a_board_whose_server_has_ended_goes_on(say, state, shared):
    """As when JupyterLab itself was ended and begun again."""
    say("x = 1")
    until(lambda: shared.ask()["length"] == 1)
    shared.leave()
    state.board = None
    server = psutil.Process(shared.settings.server)
    server.kill()
    server.wait(20)
    said = say("%share on")
    assert "It goes on with what it showed before" in said
    say("y = 2")
    until(lambda: state.board.ask()["length"] == 2)


def test_a_board_of_another_kernel_is_left_alone(say, state, monkeypatch, tmp_path):
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))
    other = psutil.Process(1)
    settings = BoardSettings(8787, kernel=(1, other.create_time()), server=1)
    write_settings(board_place(state), settings)
    assert "Another kernel of this notebook has the board open" in say("%share on")
    assert "board goes on" not in say("%chapter 2") and read_settings(board_place(state)) == settings


def test_what_is_not_understood(say, state):
    assert "Say `%share on`" in say("%share maybe")
    assert "`--netwrok` is not understood" in say("%share on --netwrok")
    assert "`--port` is not understood" in say("%share on --port")
    for command in ("%remote", "%vote 2.5", "%timer 5"):
        assert "That needs the board" in say(command)


def test_a_port_that_is_taken(say, state):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken by another program" in say(f"%share on --port {port}")
    assert "99999 is no port" in say("%share on --port 99999") and state.board is None


def test_the_port_of_before_is_taken_again(monkeypatch):
    port = unused_port()
    assert network_address.free_port("", usual=port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert network_address.free_port("", usual=port) != port


def test_two_boards_that_are_opened_at_the_same_moment(say, state, monkeypatch, tmp_path):
    """Both found the same port free: the second takes another."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [taken.getsockname()[1], unused_port()]
        monkeypatch.setattr("resnet_live.live.board.shared_board.free_port", lambda *_: ports.pop(0))
        assert "open to this machine alone" in say("%share on") and ports == []
        assert "nothing of it is kept" in say("%share off")


def test_the_address_in_the_network(monkeypatch):
    def here(*addresses: str) -> None:
        entries = [type("Entry", (), {"family": socket.AF_INET, "address": each})() for each in addresses]
        monkeypatch.setattr(network_address.psutil, "net_if_addrs", lambda: {"lan": entries})

    here("127.0.0.1", "192.168.1.7")
    monkeypatch.setattr(network_address, "_towards_others", lambda: "192.168.1.7")
    assert network_address.network_address() == network_address.network_address("192.168.1.7") == "192.168.1.7"
    with pytest.raises(LiveError, match="is no address of this machine. It has 192.168.1.7"):
        network_address.network_address("10.0.0.1")
    here("127.0.0.1", "203.0.114.9")
    monkeypatch.setattr(network_address, "_towards_others", lambda: "203.0.114.9")
    with pytest.raises(LiveError, match="whole Internet"):
        network_address.network_address()
    assert network_address.network_address("203.0.114.9") == "203.0.114.9"
    here("127.0.0.1")
    monkeypatch.setattr(network_address, "_towards_others", lambda: "")
    with pytest.raises(LiveError, match="in no local network"):
        network_address.network_address()


@pytest.mark.slow
def test_sharing_in_the_network(say, state, monkeypatch, shell):
    """127.0.0.3 stands for the address in the network: a code to scan, and words about who can read."""
    monkeypatch.setattr("resnet_live.live.board.share_magics.network_address", lambda wanted: "127.0.0.3")
    shown = []
    monkeypatch.setattr("resnet_live.live.board.share_magics.display", shown.append)
    said = say("%share on --network")
    try:
        assert "not encrypted" in said and "No names of students" in said
        (link,) = shown
        assert f"http://127.0.0.3:{state.board.settings.port}/" in str(link) and "<svg" in link._repr_html_()
        with socket.create_connection(("127.0.0.3", state.board.settings.port)):
            pass
        with (
            pytest.raises(OSError),
            socket.create_connection(("127.0.0.3", state.board.settings.kernel_port), timeout=2),
        ):
            pass
    finally:
        say("%share off")


def test_settings_are_for_this_user_alone(tmp_path):
    folder = tmp_path / "board"
    write_settings(folder, BoardSettings(8787, "192.168.1.7", kernel=(1, 2.0)))
    assert folder.stat().st_mode & 0o077 == 0 and (folder / "settings.json").stat().st_mode & 0o077 == 0
    found = read_settings(folder)
    assert found.hosts == {"127.0.0.1:8787", "localhost:8787", "192.168.1.7:8787"} and found.kernel == (1, 2.0)
    for broken in ("", "[]", "{}", json.dumps({"port": 1}), "\x00"):
        (folder / "settings.json").write_text(broken)
        assert read_settings(folder) is None


def test_boards_that_were_left_go_after_a_day(tmp_path):
    import os

    for name, age in (("old", 100_000), ("new", 100)):
        write_settings(tmp_path / name, BoardSettings(8787))
        os.utime(tmp_path / name / "settings.json", (time.time() - age,) * 2)
    remove_left(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
