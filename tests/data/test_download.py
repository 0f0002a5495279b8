import http.server
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import textwrap
import threading
import time

import pytest

from resnet_live.data import CLASSES, DataError
from resnet_live.data import download as module
from resnet_live.data.download import download, is_whole
from resnet_live.data.imagenette import NAME

COUNT = {split: dict.fromkeys(CLASSES, n) for split, n in {"train": 12, "val": 6}.items()}


class Server:
    """Answers on this machine like the real one: `body` is the archive; it sends `sent` bytes of it and hangs up, or waits."""

    def __init__(self, body: bytes):
        self.body, self.sent, self.wait, self.requests = body, len(body), threading.Event(), 0
        self.wait.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests += 1
                if self.path != "/x.tgz":
                    return self.send_error(404)
                self.send_response(200)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body[: outer.sent])
                outer.wait.wait(30)
                return None

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/x.tgz"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.wait.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(scope="session")
def archive(drawn):
    return packed(lambda tar: tar.add(drawn, NAME))


def packed(fill) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        fill(tar)
    return buffer.getvalue()


@pytest.fixture
def server(archive):
    server = Server(archive)
    yield server
    server.close()


def get(server, folder, **options):
    return download(folder, url=server.url, counts=COUNT, say=options.pop("say", lambda text: None))


def nothing_whole(folder):
    assert not (folder / NAME).exists()
    assert list(folder.iterdir()) == [], "scratch files are swept up"


def test_good(server, tmp_path):
    said = []
    target = get(server, tmp_path / "data", say=said.append)
    assert target == tmp_path / "data" / NAME
    assert is_whole(target, COUNT)
    assert [entry.name for entry in (tmp_path / "data").iterdir()] == [NAME]
    assert "Fetching Imagenette" in said[0]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    get(server, tmp_path)
    get(server, tmp_path)
    assert server.requests == 1


def test_fastai_finds_it(server, tmp_path, monkeypatch):
    from fastai.data.external import URLs, fastai_cfg, untar_data

    from resnet_live.data.cache import fastai_data_folder

    fastai_cfg.cache_clear()
    try:
        target = get(server, fastai_data_folder())
        assert untar_data(URLs.IMAGENETTE_160) == target
    finally:
        fastai_cfg.cache_clear()


def test_cut_short(server, tmp_path):
    server.sent = len(server.body) // 2
    with pytest.raises(DataError, match="broke off"):
        get(server, tmp_path / "data")
    nothing_whole(tmp_path / "data")


def test_standing_still(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STALL_S", 0.3)
    server.sent = 1000
    server.wait.clear()
    with pytest.raises(DataError, match="broke off"):
        get(server, tmp_path / "data")
    nothing_whole(tmp_path / "data")


def test_the_second_try_succeeds(server, tmp_path):
    server.sent = 100
    with pytest.raises(DataError, match="Try again"):
        get(server, tmp_path)
    server.sent = len(server.body)
    assert is_whole(get(server, tmp_path), COUNT)


def test_wrong_counts(drawn, tmp_path):
    lost = sorted((drawn / "val" / "n03888257").iterdir())[0].name
    server = Server(packed(lambda tar: tar.add(drawn, NAME, filter=lambda m: None if m.name.endswith(lost) else m)))
    try:
        # The train split has a picture of that name too; the message names the first difference.
        with pytest.raises(DataError, match="n03888257 has 11 images, not 12"):
            get(server, tmp_path / "data")
    finally:
        server.close()
    nothing_whole(tmp_path / "data")


def test_another_archive(drawn, tmp_path):
    server = Server(packed(lambda tar: tar.add(drawn, "something-else")))
    try:
        with pytest.raises(DataError, match="there is no folder imagenette2-160"):
            get(server, tmp_path / "data")
    finally:
        server.close()
    nothing_whole(tmp_path / "data")


@pytest.mark.parametrize("name", ["../evil.txt", f"{NAME}/../../evil.txt", "/evil.txt"])
def test_a_member_that_would_land_elsewhere(drawn, tmp_path, name):
    def fill(tar):
        tar.add(drawn, NAME)
        member = tarfile.TarInfo(name)
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))

    server = Server(packed(fill))
    try:
        get(server, tmp_path / "data")
    except DataError as error:
        assert "not an archive that can be used" in str(error)
        nothing_whole(tmp_path / "data")
    finally:
        server.close()
    inside = tmp_path / "data"
    assert not [file for file in tmp_path.rglob("evil.txt") if inside not in file.parents]
    assert not os.path.exists("/evil.txt")


def test_links_out_of_the_archive_are_refused(drawn, tmp_path):
    def fill(tar):
        tar.add(drawn, NAME)
        member = tarfile.TarInfo(f"{NAME}/out")
        member.type, member.linkname = tarfile.SYMTYPE, "../../../.."
        tar.addfile(member)

    server = Server(packed(fill))
    try:
        with pytest.raises(DataError, match="not an archive that can be used"):
            get(server, tmp_path / "data")
    finally:
        server.close()
    nothing_whole(tmp_path / "data")


@pytest.mark.parametrize("where", [0.05, 0.3, 0.5, 0.7, 0.9])
def test_damage_on_the_way(archive, tmp_path, where):
    body = bytearray(archive)
    at = int(len(body) * where)
    body[at : at + 400] = b"\xff" * 400
    server = Server(bytes(body))
    try:
        with pytest.raises(DataError):
            get(server, tmp_path / "data")
    finally:
        server.close()
    nothing_whole(tmp_path / "data")


def test_a_page_instead_of_an_archive(tmp_path):
    server = Server(b"<html>please log in</html>")
    try:
        with pytest.raises(DataError, match="not an archive"):
            get(server, tmp_path / "data")
    finally:
        server.close()


def test_not_found(server, tmp_path):
    server.url = server.url.replace("x.tgz", "y.tgz")
    with pytest.raises(DataError, match="404"):
        get(server, tmp_path / "data")
    nothing_whole(tmp_path / "data")


def test_nobody_there(server, tmp_path):
    server.close()
    with pytest.raises(DataError, match="does not reach 127.0.0.1"):
        get(server, tmp_path / "data")
    assert not (tmp_path / "data").exists(), "nothing is made before the host has answered"


def test_a_name_look_up_that_hangs_costs_no_more_than_the_limit(monkeypatch, tmp_path):
    """Looking up a host name has no time limit of its own."""
    released = threading.Event()

    def hang(*args, **kwargs):
        released.wait(60)
        raise OSError("given up")

    monkeypatch.setattr(socket, "create_connection", hang)
    monkeypatch.setattr(module, "PROBE_S", 0.2)
    try:
        with pytest.raises(DataError, match="does not reach"):
            module.reach("https://images.example/x.tgz")
        assert not released.is_set()
    finally:
        released.set()


def test_a_proxy_is_asked_instead_of_the_host(monkeypatch):
    asked = []
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    connection = type("Connection", (), {"close": lambda self: None})
    monkeypatch.setattr(socket, "create_connection", lambda address, timeout: asked.append(address) or connection())
    module.reach("https://images.example/x.tgz")
    assert asked == [("proxy.example", 3128)]


def test_a_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="FASTAI_HOME"):
        get(server, tmp_path / "file" / "data")


def test_half_a_data_set_in_its_place_is_kept_under_another_name(server, tmp_path):
    old = tmp_path / NAME / "train" / "n01440764"
    old.mkdir(parents=True)
    (old / "mine.JPEG").write_bytes(b"somebody's work")
    assert is_whole(get(server, tmp_path), COUNT)
    (kept,) = tmp_path.glob(f"{NAME}.*")
    assert (kept / "train" / "n01440764" / "mine.JPEG").read_bytes() == b"somebody's work"


def test_another_process_was_faster(server, tmp_path, archive, monkeypatch):
    really = module.unpack

    def unpack(file, folder, url):
        unpacked = really(file, folder, url)
        (tmp_path / "theirs.tgz").write_bytes(archive)
        shutil.move(really(tmp_path / "theirs.tgz", tmp_path / "other", url), tmp_path)
        (tmp_path / NAME / "theirs").write_text("")
        return unpacked

    monkeypatch.setattr(module, "unpack", unpack)
    target = get(server, tmp_path)
    assert (target / "theirs").exists()
    assert [entry.name for entry in tmp_path.iterdir() if NAME in entry.name] == [NAME]


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed another way there")
def test_killed_in_between(server, tmp_path):
    """SIGKILL while the archive comes in: nothing that looks whole, and the next run succeeds."""
    server.sent = len(server.body) // 2
    server.wait.clear()
    program = f"""
        from pathlib import Path
        from resnet_live.data.download import download
        download(Path({str(tmp_path / "data")!r}), url={server.url!r}, counts={COUNT!r})
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not list((tmp_path / "data").glob(".*/archive.tgz")):
        assert time.monotonic() < end and child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not is_whole(tmp_path / "data" / NAME, COUNT)
    server.sent = len(server.body)
    server.wait.set()
    assert is_whole(get(server, tmp_path / "data"), COUNT)
