"""What the board's server refuses: sizes, shapes, keys, names, origins, floods; and what it never gives away."""

import base64
import contextlib
import http.client
import json
import re
import socket

import pytest
from serving import cell, served

from resnet_live.live.board import board_limits as limits
from resnet_live.live.board.board_limits import Places, Rate, RateLimit

QUESTION = {"step": "2.5", "ask": "How high?", "choices": ["128", "126"], "right": "126", "why": ["", "Minus two."]}


@pytest.fixture(scope="module")
def server():
    with served() as server:
        yield server


@pytest.fixture
def fresh():
    """A server of the test's own: its counters are at zero, and no time passes for them, however slow the machine is."""
    with served() as server:
        for name, rate in (("presses", limits.PRESSES), ("strangers", limits.STRANGERS), ("attempts", limits.ATTEMPTS)):
            setattr(server.context, name, RateLimit(rate, clock=lambda: 0.0))
        yield server


def test_pages_forbid_what_a_visitor_could_smuggle_in(server):
    for path in ("/", "/remote", "/board.js", "/stream.js", "/nothing"):
        reply = server.get(path)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert "Tornado" not in str(reply.headers)
    page = server.get("/").body
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=|https?://", page)


def test_the_cookie_is_no_script_s_and_no_other_site_s(server):
    cookie = server.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", ""])
def test_another_name_for_this_machine_is_refused(server, host):
    for path in ("/", "/events", "/board.js", "/nothing"):
        assert server.get(path, Host=host.format(port=server.port)).status in (400, 421)


def test_localhost_is_this_machine(server):
    assert server.get("/", Host=f"localhost:{server.port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "https://127.0.0.1:{port}", "http://127.0.0.1"])
def test_presses_from_another_site_are_refused(server, origin):
    cookie, origin = server.visitor(), origin.format(port=server.port)
    assert server.post("/signal", {"signal": "stuck"}, Cookie=cookie, Origin=origin).status == 403


def test_a_form_of_another_site_is_refused(server):
    reply = server.post("/signal", b'{"signal": "stuck"}', Cookie=server.visitor(), Content_Type="text/plain")
    assert reply.status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 400,
        {"signal": 1},
        {"signal": ["stuck"]},
        {"signal": "lost"},
        {"signal": "<script>alert(1)</script>"},
        {"signal": "stuck", "name": "Ada"},
        {},
    ],
)
def test_malformed_signals_are_refused(server, body):
    reply = server.post("/signal", body, Cookie=server.visitor())
    assert reply.status == 400 and "script" not in reply.body


@pytest.mark.parametrize(
    "vote",
    [
        {"step": "2.5", "choice": 2},
        {"step": "2.5", "choice": -1},
        {"step": "2.5", "choice": True},
        {"step": "2.5", "choice": "0"},
        {"step": "9.9", "choice": 0},
        {"step": "2.5", "choice": 10**30},
    ],
)
def test_votes_that_cannot_be(server, vote):
    server.kernel(ask=QUESTION)
    assert server.post("/vote", vote, Cookie=server.visitor()).status in (400, 409)
    assert server.kernel()["vote"]["total"] == 0


def test_what_is_too_large_is_refused(server):
    cookie = server.visitor()
    # as soon as the server knows how much is to come it closes, maybe in the middle of it
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        reply = server.post("/signal", b'{"signal": "' + b"x" * 100_000 + b'"}', Cookie=cookie)
        assert reply.status in (400, 413)
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        assert server.get("/", Cookie="a=" + "x" * 50_000).status in (400, 431)
    assert server.kernel()["room"]["stuck"] == 0 and server.get("/").status == 200


def test_a_browser_that_was_given_no_cookie_has_no_voice(server):
    assert server.post("/signal", {"signal": "stuck"}).status == 403
    made_up = server.visitor().split("=")[0] + '="2|1:0|10:1|13:board_visitor|4:eHg=|abc"'
    assert server.post("/signal", {"signal": "stuck"}, Cookie=made_up).status == 403
    assert server.get("/events").status == 403


@pytest.mark.parametrize("path", ["/remote/events", "/remote/command"])
def test_the_remote_control_needs_its_cookie(server, path):
    cookie = server.visitor()
    method = "GET" if path.endswith("events") else "POST"
    body = {"command": "next", "value": ""} if method == "POST" else None
    assert server.request(method, path, body, Cookie=cookie).status == 403


def test_a_link_to_the_remote_control_opens_one_browser(server):
    key = server.kernel(invite=True)["key"]
    cookie = server.visitor()
    for wrong in ("", "x", key[:-1], key + "x", key.swapcase(), "ü"):
        assert server.post("/remote/enter", {"key": wrong}, Cookie=cookie).status == 403
    assert server.post("/remote/enter", {"key": key}, Cookie=cookie).status == 200
    assert server.post("/remote/enter", {"key": key}, Cookie=cookie).status == 403


def test_guessing_the_link_is_soon_over(fresh):
    tries = [fresh.post("/remote/enter", {"key": f"{n}"}).status for n in range(30)]
    assert tries[0] == 403 and tries[-1] == 429


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer wrong", "Basic x", "Bearer ü"])
def test_only_the_kernel_speaks_for_the_class(server, key):
    connection = http.client.HTTPConnection("127.0.0.1", server.context.settings.kernel_port, timeout=10)
    connection.request("POST", "/", b'{"items": {"cell.0": null}}', {"Authorization": key.encode("utf-8")})
    assert connection.getresponse().status == 403
    connection.close()


def test_the_answer_is_sent_only_when_it_is_shown(fresh):
    fresh.kernel(ask=QUESTION)
    one, other = fresh.visitor(), fresh.visitor()
    assert fresh.post("/vote", {"step": "2.5", "choice": 0}, Cookie=one).status == 200
    assert fresh.post("/vote", {"step": "2.5", "choice": 1}, Cookie=one).json["choice"] == 1
    assert fresh.post("/vote", {"step": "2.5", "choice": 1}, Cookie=other).status == 200
    for stage in ("open", "closed"):
        if stage == "closed":
            fresh.kernel(do="close")
        said = fresh.events(one)
        assert dict(said)["vote"] == {k: QUESTION[k] for k in ("step", "ask", "choices")} | {"stage": stage, "total": 2}
        assert "Minus" not in json.dumps(said) and "counts" not in json.dumps(said)
    assert fresh.post("/vote", {"step": "2.5", "choice": 0}, Cookie=one).status == 409
    fresh.kernel(do="show")
    shown = dict(fresh.events(one))["vote"]
    assert (shown["counts"], shown["right"], shown["why"]) == ([0, 2], "126", ["", "Minus two."])


def test_a_stream_tells_students_nothing_private(fresh):
    fresh.kernel(items={"private.class": {"note": "what to say"}, "cell.0": cell(), "length": 1})
    stuck = fresh.visitor()
    fresh.post("/signal", {"signal": "stuck"}, Cookie=stuck)
    said = fresh.events(fresh.visitor())
    assert "cell.0" in dict(said) and "private" not in json.dumps(said) and "stuck" not in json.dumps(said)
    assert fresh.kernel()["room"]["stuck"] == 1


def test_a_flood_from_one_address_does_not_stop_another(fresh):
    """127.0.0.2 asks until it is refused; the class at 127.0.0.1 goes on, also a new browser there."""
    cookie = fresh.visitor()
    statuses = {fresh.get("/board.js", source="127.0.0.2").status for _ in range(limits.STRANGERS.burst + 5)}
    assert statuses == {200, 429}
    assert fresh.post("/signal", {"signal": "done"}, Cookie=cookie).status == 200
    assert fresh.get("/").status == 200


def test_a_flood_without_cookie_does_not_stop_the_class_at_the_same_address(fresh):
    """A class sits behind one address: who has a cookie is counted alone."""
    cookie = fresh.visitor()
    assert {fresh.get("/board.js").status for _ in range(limits.STRANGERS.burst + 5)} == {200, 429}
    assert fresh.post("/signal", {"signal": "done"}, Cookie=cookie).status == 200
    assert "cell.0" not in dict(fresh.events(cookie)) and fresh.get("/", Cookie=cookie).status == 200


def test_one_browser_presses_so_often(fresh):
    cookie, other = fresh.visitor(), fresh.visitor()
    presses = [fresh.post("/signal", {"signal": "done"}, Cookie=cookie).status for _ in range(40)]
    assert presses[0] == 200 and presses[-1] == 429
    assert fresh.post("/signal", {"signal": "done"}, Cookie=other).status == 200


def test_a_class_of_sixty_may_open_the_page_at_once(fresh):
    for _ in range(60):
        page = fresh.get("/")
        cookie = page.headers["Set-Cookie"].split(";")[0]
        assert [fresh.get(path, Cookie=cookie).status for path in ("/board.css", "/board.js", "/stream.js")] == [
            200
        ] * 3


@pytest.mark.parametrize("path", ["/state/0.exe", "/state/-1.py", "/state/99999.py", "/state/1.py", "/state/../x.py"])
def test_states_that_are_not_there(server, path):
    server.kernel(items={"cell.0": cell(), "length": 1})
    assert server.get(path, Cookie=server.visitor()).status == 404


def test_pictures_are_fetched_once_and_run_nothing(server):
    name, drawing = "0" * 32 + ".svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    address, file = f"/picture/{name}", base64.b64encode(drawing.encode()).decode()
    server.kernel(items={f"picture.{name}": {"mime": "image/svg+xml", "base64": file}, "cell.0": cell()}, got=0)
    visitor = server.visitor()
    assert server.get(address).status == 403  # not to one that has not opened the page
    reply = server.get(address, Cookie=visitor)
    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (200, drawing, "image/svg+xml")
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy and "data:" not in policy
    assert "immutable" in reply.headers["Cache-Control"] and reply.headers["X-Content-Type-Options"] == "nosniff"
    assert server.get(address, Cookie=visitor, If_None_Match=reply.headers["Etag"]).status == 304
    assert [key for key, _ in server.events(visitor) if key.startswith(("picture", "cell"))] == ["cell.0"]
    for other in ("1" * 32 + ".svg", "0" * 32 + ".png", "cell.0", "%2e%2e/settings.json"):
        assert server.get(f"/picture/{other}", Cookie=visitor).status == 404
    server.kernel(items={f"picture.{name}": None}, got=0)
    assert server.get(address, Cookie=visitor).status == 404


def test_a_bucket_fills_again_and_forgets_the_oldest():
    now = [0.0]
    limit = RateLimit(Rate(2, 1), keys=2, clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    now[0] = 1.0
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    assert limit.allows("b") and limit.allows("c") and limit.allows("a")  # "a" was forgotten: it has its burst again


def test_places_by_key_and_in_all():
    places = Places(3, 2)
    assert [places.take(key) for key in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
    places.leave("a")
    assert places.take("c") and places.keys == 3


def test_one_address_holds_so_many_connections(monkeypatch):
    monkeypatch.setattr(limits, "CONNECTIONS_OF_ADDRESS", 3)

    def closed(connection: socket.socket) -> bool:
        connection.settimeout(10)
        with contextlib.suppress(ConnectionError):
            return connection.recv(1) == b""
        return True

    with served() as server, contextlib.ExitStack() as stack:

        def connect(source: str = "127.0.0.1") -> socket.socket:
            place = ("127.0.0.1", server.port)
            return stack.enter_context(socket.create_connection(place, timeout=10, source_address=(source, 0)))

        idle = [connect("127.0.0.2") for _ in range(3)]
        assert closed(connect("127.0.0.2"))  # they ask nothing, and hold their places
        assert server.get("/").status == 200  # another address has its own
        for connection in idle:
            connection.close()
        for _ in range(200):  # the places are free again as soon as the server has seen it
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                if server.get("/", source="127.0.0.2").status == 200:
                    break
        else:
            raise AssertionError("the places were never given back")
