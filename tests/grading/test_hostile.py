"""Notebooks that mean harm: what each does is stopped, and does harm where nothing stops it.

They run in the sandbox without Jupyter, past the policy and the guard, with limits that are a small part of the real ones. The control
is the same script with neither sandbox nor limits; it does no more than its numbers say, in a scratch folder.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from hostile import BARE, BEFORE, home_of, ran

from resnet_live.grading import run_watch, sandbox, untrusted_files
from resnet_live.grading.isolation import Engine, isolation, tried

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's"),
    pytest.mark.xdist_group("hostile"),
]

STRESS = "RESNET_LIVE_STRESS" in os.environ
# In place of those of `run_watch`, where the whole is not asked for.
SMALL = {
    "MOST_PROCESSES": 20,
    "MOST_MEMORY": 400_000_000,
    "MOST_DISK": 20_000_000,
    "MOST_FILES": 300,
    "MOST_LOG": 1_000_000,
}
SMALL_MEMORY = 300_000_000


@dataclass(frozen=True)
class Hostile:
    """`source`: what it does, with PLACE for a folder outside of its own, which holds a file `theirs`, and PORT for a server on this
    machine; `ends`: how, protected; `harm`: what it tells, or leaves in PLACE, when nothing stops it."""

    name: str
    source: str
    ends: str
    harm: str


PROCESSES = """import os, time
for n in range(60):
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    time.sleep(0.02)
tell(harm=n + 1 == 60)"""
MEMORY = "data = bytearray(600_000_000)\ntell(harm=True)"
MEMORIES = """import os, time
here, there = os.pipe()
for n in range(6):
    if os.fork() == 0:
        data = bytearray(b"x") * 100_000_000
        os.write(there, b"x")
        time.sleep(60)
        os._exit(0)
for n in range(6):
    os.read(here, 1)
time.sleep(2)
tell(harm=True)"""
DISK = """import os, time
for n in range(20):
    with open(f"file{n}", "wb") as file:
        file.write(os.urandom(1000) * 5000)
    time.sleep(0.1)
tell(harm=True)"""
FILES = """import time
for n in range(2000):
    open(f"file{n}", "w").close()
    time.sleep(0.001)
tell(harm=True)"""
ONE_FILE = "import os\nos.truncate(os.open('large', os.O_WRONLY | os.O_CREAT), 10**11)\ntell(harm=True)"
ELSEWHERE = """import os
for folder in ("/tmp", "/dev/shm"):
    with open(folder + "/resnet-live-filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 80_000_000)
    os.unlink(folder + "/resnet-live-filler")
tell(harm=True)"""
PRINTS = """import os, time
for n in range(100):
    os.write(1, b"loud " * 10_000)
    time.sleep(0.02)
tell(harm=True)"""
ABOVE = """import os
for folder in ("PLACE", "../" * 40 + "PLACE"):
    with open(folder + "/theirs", "a") as file:
        file.write("mine")
tell(harm=True)"""
LINK = """import os
os.symlink("PLACE", "link")
tell(harm=open("link/theirs").read() == "theirs")"""
REMOVED = """import os, shutil
shutil.rmtree("..", ignore_errors=True)
shutil.rmtree("PLACE")
os.makedirs("PLACE")
open("PLACE/harm", "w").close()"""
NETWORK = """import socket
friend = socket.create_connection(("127.0.0.1", PORT), 5)
tell(harm=friend.recv(5) == b"hello")"""
ABSTRACT = """import socket
friend = socket.socket(socket.AF_UNIX)
friend.connect("\\0resnet-live-PORT")
tell(harm=True)"""
KILL = """import os, signal
os.kill(VICTIM, signal.SIGTERM)
tell(harm=True)"""
LOOK = """import os
text = open("/proc/VICTIM/environ").read()
tell(harm="SECRET" in text)"""
ROOT = """import os
tell(harm=os.path.exists("/proc/VICTIM/root/PLACE/theirs"))"""
DAEMON = """import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        for n in range(600):
            with open("alive", "w") as file:
                file.write(str(time.time()))
            time.sleep(0.05)
    os._exit(0)
time.sleep(0.3)"""
OPEN = """import os, resource
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
held = [os.open("/dev/null", os.O_RDONLY) for n in range(1500)]
tell(harm=True)"""
HOSTILE = [
    Hostile("many processes", PROCESSES, "STOPPED: more than 20 processes", "told"),
    Hostile("much memory in one process", MEMORY, "FAILED: MemoryError", "told"),
    Hostile("much memory in many", MEMORIES, "STOPPED: more than 0 GB of memory", "told"),
    Hostile("many bytes on disk", DISK, "STOPPED: more than 0 GB of disk", "told"),
    Hostile("many files", FILES, "STOPPED: more than 300 files", "told"),
    Hostile("one endless file", ONE_FILE, "FAILED: OSError", "told"),
    Hostile("folders in memory filled", ELSEWHERE, "FAILED: OSError", "told"),
    Hostile("printing without end", PRINTS, "STOPPED: more than 1 MB of output", "told"),
    Hostile("files above its own", ABOVE, "FAILED: ", "told"),
    Hostile("a link out of its folder", LINK, "FAILED: FileNotFoundError", "told"),
    Hostile("its own folder and others removed", REMOVED, "FAILED: ", "left"),
    Hostile("a server on this machine", NETWORK, "FAILED: ConnectionRefusedError", "told"),
    Hostile("a socket without a file", ABSTRACT, "FAILED: ConnectionRefusedError", "told"),
    Hostile("another process killed", KILL, "FAILED: ProcessLookupError", "told"),
    Hostile("another process's secrets", LOOK, "FAILED: FileNotFoundError", "told"),
    Hostile("files by way of another process", ROOT, "whole", "told"),
    Hostile("many open files", OPEN, "FAILED: OSError", "told"),
]
# What limits and watch stop where there are no namespaces either.
USES = [*HOSTILE[:6], HOSTILE[7], HOSTILE[-1]]


@pytest.fixture
def place(tmp_path):
    """Somebody else's folder."""
    folder = tmp_path / "others"
    folder.mkdir()
    (folder / "theirs").write_text("theirs")
    return folder


@pytest.fixture(scope="module")
def machine():
    """What else there is on this machine: (a server's port, a process)."""
    greet = lambda server: [server.accept()[0].sendall(b"hello") for _ in range(20)]  # noqa: E731
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as unnamed:
        port = server.getsockname()[1]
        unnamed.bind(f"\0resnet-live-{port}")
        unnamed.listen()
        threading.Thread(target=greet, args=[server], daemon=True).start()
        yield port


@pytest.fixture
def victim():
    """A process of this user with a secret."""
    command = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
    process = subprocess.Popen(command, env=dict(os.environ, SECRET="42"), stdout=subprocess.PIPE)
    process.stdout.read(1)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def small(monkeypatch):
    """Limits that are reached without harm."""
    for name, value in SMALL.items():
        monkeypatch.setattr(run_watch, name, value)
    monkeypatch.setattr(run_watch, "SECONDS", 0.05)
    monkeypatch.setattr(sandbox, "SECONDS", 0.05)
    monkeypatch.setattr(sandbox, "MEMORY_BYTES", SMALL_MEMORY)


def done(one, tmp_path, place, machine, victim):
    source = one.source.replace("PLACE", str(place)).replace("PORT", str(machine)).replace("VICTIM", str(victim.pid))
    ended, told = ran(tmp_path / "home", source, 30)
    harm = told.get("harm", False) if one.harm == "told" else (place / "harm").exists()
    whole = place.exists() and sorted(place.iterdir()) == [place / "theirs"]
    unharmed = whole and (place / "theirs").read_text() == "theirs" and victim.poll() is None
    untrusted_files.remove(tmp_path / "home")
    return ended, harm, unharmed


ENGINES = [one for one in Engine if STRESS or one is isolation().engine]


HIDING = (Engine.BUBBLEWRAP, Engine.NAMESPACES)
STOPPED = [(one, engine) for one in HOSTILE for engine in ENGINES if engine in HIDING or one in USES]


@pytest.mark.parametrize(("one", "engine"), STOPPED, ids=lambda part: getattr(part, "name", ""))
def test_harm_is_stopped(one, engine, tmp_path, place, machine, victim, small, monkeypatch):
    found = tried(engine)
    if found is None:
        pytest.skip(f"not here: {engine}")
    monkeypatch.setattr(sandbox, "isolation", lambda: found)
    ended, harm, unharmed = done(one, tmp_path, place, machine, victim)
    assert ended.startswith(one.ends), ended
    assert not harm
    assert unharmed
    assert not (tmp_path / "home").exists()


# It doubles, up to what this machine can bear.
BOMB = """import os, time
while True:
    if len(os.listdir("/proc")) > 1000:
        time.sleep(60)
    os.fork()"""
SPACE = """import os
for n in range(60):
    with open(f"file{n}", "wb") as file:
        for _ in range(50):
            file.write(os.urandom(1000) * 1000)"""


if STRESS:  # with the real limits

    @pytest.mark.parametrize("engine", Engine)
    @pytest.mark.parametrize(
        ("source", "ends"),
        [
            (BOMB, "STOPPED: more than 64 processes"),
            (SPACE, "STOPPED: more than 1 GB of disk"),
            ("data = bytearray(5 * 10**9)", "FAILED: MemoryError"),
            ("import os\nwhile True: os.write(1, b'loud ' * 10**5)", "STOPPED: more than 20 MB of output"),
        ],
        ids=["processes", "disk", "memory", "output"],
    )
    def test_harm_is_stopped_by_the_real_limits(source, ends, engine, tmp_path, monkeypatch):
        found = tried(engine)
        if found is None:
            pytest.skip(f"not here: {engine}")
        monkeypatch.setattr(sandbox, "isolation", lambda: found)
        ended, _ = ran(tmp_path / "home", source, 60)
        # where its processes share the machine with all others, and root has no limit, a bomb may be over before it is looked at
        assert ended.startswith((ends, "TIMED_OUT") if source is BOMB and not found.hides else ends), ended
        place = str(tmp_path / "home" / "run")
        left = [one.info["status"] for one in psutil.process_iter(["cwd", "status"]) if one.info["cwd"] == place]
        assert set(left) <= {psutil.STATUS_ZOMBIE}


@pytest.mark.parametrize("one", HOSTILE, ids=lambda one: one.name)
def test_without_protection_it_does_harm(one, tmp_path, place, machine, victim, monkeypatch):
    monkeypatch.setattr(sandbox, "isolation", lambda: BARE)
    monkeypatch.setattr(sandbox, "excess", lambda *a: "")
    _, harm, _ = done(one, tmp_path, place, machine, victim)
    assert harm


# ---- Time ----

ENDLESS = {
    "a call in C that does not end": "sum(range(10**13))",
    "signals ignored": """import signal, time
for n in set(range(1, 32)) - {9, 19}:
    signal.signal(n, signal.SIG_IGN)
time.sleep(60)""",
    "errors caught": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "it has stopped itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nimport time\ntime.sleep(60)",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_will_not_end_is_ended(name, tmp_path):
    began = time.monotonic()
    ended, _ = ran(tmp_path / "home", ENDLESS[name], timeout=0.5)
    assert ended.startswith("TIMED_OUT")
    assert time.monotonic() - began < 55


@pytest.mark.parametrize("name", ["a call in C that does not end", "signals ignored", "errors caught"])
def test_it_would_not_end_when_asked_to(name):
    process = subprocess.Popen([sys.executable, "-c", f"print(1, flush=True)\n{ENDLESS[name]}"], stdout=subprocess.PIPE)
    process.stdout.read(1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    alive = process.poll() is None
    process.kill()
    process.wait()
    assert alive


# ---- What stays behind ----


def is_alive(folder: Path) -> bool:
    """Does a daemon still write there?"""
    file = folder / "home" / "run" / "alive"
    assert file.exists()
    before = file.read_text()
    time.sleep(0.5)
    return file.read_text() != before


@pytest.mark.parametrize("engine", [*ENGINES, *([] if Engine.NONE in ENGINES else [Engine.NONE])])
def test_a_daemon_ends_with_the_run(engine, tmp_path, monkeypatch):
    found = tried(engine)
    if found is None:
        pytest.skip(f"not here: {engine}")
    monkeypatch.setattr(sandbox, "isolation", lambda: found)
    assert ran(tmp_path / "home", DAEMON)[0] == "whole"
    assert not is_alive(tmp_path)


def test_a_daemon_would_live_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "isolation", lambda: BARE)
    monkeypatch.setattr(sandbox, "end", lambda process, at_once: process.kill())
    assert ran(tmp_path / "home", DAEMON)[0] == "whole"
    alive = is_alive(tmp_path)
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] == str(tmp_path / "home" / "run"):
            process.kill()
    assert alive


def test_a_run_ends_when_the_grader_is_killed(tmp_path):
    home = home_of(tmp_path / "home").home
    (home / "run" / "script.py").write_text(f"{BEFORE}{DAEMON}\ntime.sleep(30)")
    command = [*sandbox.shut_off(home, [], 60, False), sys.executable, "script.py"]
    script = f"import os, subprocess, time\nsubprocess.Popen({command}, cwd={str(home / 'run')!r})\ntime.sleep(30)"
    process = subprocess.Popen([sys.executable, "-c", script])
    while not (home / "run" / "alive").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    time.sleep(0.2)
    assert not is_alive(tmp_path) or not isolation().hides


# ---- What is read afterwards ----

LEFT = {
    "a pipe": "os.mkfifo(file)",
    "a link to somebody's file": "os.symlink('PLACE/theirs', file)",
    "a link to an endless device": "os.symlink('/dev/zero', file)",
    "a folder": "os.mkdir(file)",
    "a socket": "import socket; socket.socket(socket.AF_UNIX).bind(file)",
    "more than fits": "os.truncate(os.open(file, os.O_WRONLY | os.O_CREAT), 10**9)",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_was_left_in_a_file_s_place_is_not_followed(name, place, tmp_path):
    """Reading neither waits nor shows what is not the run's."""
    file = tmp_path / "left"
    exec(LEFT[name].replace("PLACE", str(place)), {"os": os, "file": str(file)})
    with pytest.raises((ValueError, OSError)):
        untrusted_files.read(file, 1000)


def test_a_plain_file_is_read(tmp_path):
    (tmp_path / "plain").write_bytes(b"123")
    assert untrusted_files.read(tmp_path / "plain", 3) == b"123"
    with pytest.raises(ValueError, match="large"):
        untrusted_files.read(tmp_path / "plain", 2)


@pytest.mark.parametrize("name", ["a pipe", "a link to an endless device"])
def test_the_ordinary_way_would_wait_for_ever(name, tmp_path):
    file = tmp_path / "left"
    exec(LEFT[name], {"os": os, "file": str(file)})
    little = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (10**8, 10**8))"
    command = [sys.executable, "-c", f"{little}; open({str(file)!r}, 'rb').read()"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        assert subprocess.run(command, capture_output=True, timeout=1).returncode != 0


def test_a_folder_of_any_depth_and_rights_is_removed(tmp_path):
    where = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1100):  # deeper than Python's own `rmtree` goes, and longer than a path may be
        os.mkdir("deeper", dir_fd=where)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = inner
    os.close(where)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "file").touch()
    (tmp_path / "shut").chmod(0)
    untrusted_files.remove(tmp_path)
    assert not tmp_path.exists()
