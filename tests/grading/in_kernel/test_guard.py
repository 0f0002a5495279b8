# ruff: noqa: E501 (a cheat a line)
"""Cheats that have got past the reading of their source: none gains a point over the same answer without the trick.

Policy and Jupyter are left out here, so that what the kernel's side and the judge do by themselves is seen. Each trick is also run
with the protection off, and must gain there: a trick with a slip of the pen would prove nothing.
"""

import hashlib
import hmac
import json
import os
import socketserver
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from answers import every
from submissions import REPOSITORY, in_cells

import resnet_live
from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import serialize
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import policy
from resnet_live.grading.assemble import IN_KERNEL, OBSERVERS, assemble
from resnet_live.grading.collect import collect
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.in_kernel import guard
from resnet_live.grading.judge_observation import judge_file
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status
from resnet_live.grading.whole_notebook import assemble_whole

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("guard"),  # all cheats are run once, not once in each process
]

PACKAGE = Path(resnet_live.__file__).parent
SEED = 11
# Right numbers by a way that the exercise does not allow: what is lost is the check "by hand".
POOLED = "import torch.nn.functional as F\ndef global_avg_pool(x):\n    {trick}\n    return F.adaptive_avg_pool2d(x, 1).flatten(1)"
# Right numbers, and the input is changed on the way.
CHANGED = "import torch\ndef global_avg_pool(x):\n    {trick}\n    x *= 1.5\n    return x.mean((2, 3)) / 1.5"
NUMBERS = "def conv_out(n, k, s=1, p=0):\n    {trick}\n    return -1"
ENDLESS = "an end that never comes"


class Off(Enum):
    """What is taken away so that a cheat shows what it can do. All of it belongs to the tests: no switch in the package."""

    GUARD = "the watch on the interpreter and the comparison of functions"
    SIGNATURE = "these, and the secret name and the signature: any file that lies there is believed"
    JUDGE = "all: asserts in the student's own process decide, by its exit status"


# Put behind the guard's source in the folder of one run.
UNGUARDED = """

def _watch(home, folder, hidden):
    sys.path.insert(0, folder)
    sys.modules.update((module.__name__, module) for module in sys._getframe(1).f_locals["ours"])


def _compare(before, after):
    pass
"""
ASSERTS = {
    "2.1": "assert conv_out(128, 3) == 126",
    "2.3": "x = torch.ones(2, 3, 4, 4)\nassert torch.allclose(global_avg_pool(x), x.mean((2, 3)))",
}


@dataclass(frozen=True)
class Cheat:
    """`trick`: statements within the answer; `before`, `after`: at the top and the end of the notebook; `ends`: what must stop it,
    when something must; `off`: without which protection it gains, or None; `cannot`: why it gains nothing even then.
    """

    name: str
    answer: str
    trick: str = "pass"
    before: str = ""
    after: str = ""
    ends: str = ""
    off: Off | None = Off.GUARD
    cannot: str = ""

    @property
    def source(self) -> str:
        return f"{self.before}\n{self.answer.format(trick=self.trick)}\n{self.after}"


# In a function of the observers' that notes which operations an answer used: afterwards it notes none.
NOTHING_NOTED = "set = lambda used: ()"
QUIET_PROFILER = """import torch
def quiet(self, *args):
    import torch
    torch.autograd._disable_profiler_legacy()
    self.function_events = []"""
SWITCHED_OFF = """from torch.autograd import profiler_legacy
    torch.autograd._disable_profiler_legacy()
    pooled = F.adaptive_avg_pool2d(x, 1).flatten(1)
    profiler_legacy.profile().__enter__()
    return pooled"""
OTHER_THREAD = """import threading
    box = []
    worker = threading.Thread(target=lambda: box.append(F.adaptive_avg_pool2d(x, 1).flatten(1)))
    worker.start()
    worker.join()
    return box[0]"""
FRAME = """import sys
    frame = sys._getframe(1)
    while frame:
        if 'before' in frame.f_locals and 'leaves' in frame.f_locals:
            frame.f_locals['before'].clear()
        frame = frame.f_back"""
TRACEBACK = """try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame.f_back
        frame.f_globals['set'] = lambda used: ()"""
TRACED = """import sys
    def look(frame, event, argument):
        if frame.f_back and type(frame.f_back.f_locals.get('used')) is list:
            frame.f_back.f_locals['used'].clear()
    sys.{function}(look)"""
LOOK_BACK = """
    while frame:
        if 'before' in frame.f_locals and 'leaves' in frame.f_locals:
            frame.f_locals['before'].clear()
        frame = frame.f_back"""
ALL_FRAMES = f"import sys, threading\n    frame = sys._current_frames()[threading.get_ident()]{LOOK_BACK}"
COROUTINE = f"""async def look():
        box.append(mine[0].cr_frame.f_back)
    box, mine = [], []
    mine.append(look())
    try:
        mine[0].send(None)
    except StopIteration:
        pass
    frame = box[0]{LOOK_BACK}"""
ASYNCHRONOUS = f"""async def look():
        box.append(mine[0].ag_frame.f_back)
        yield
    box, mine = [], []
    mine.append(look())
    try:
        mine[0].asend(None).send(None)
    except StopIteration:
        pass
    frame = box[0]{LOOK_BACK}"""
THROUGH_C = f"""import ctypes
    get = ctypes.pythonapi.PyEval_GetFrame
    get.restype = ctypes.py_object
    frame = get()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame)){LOOK_BACK}"""
# It takes itself away when it has been used, so that nothing is there afterwards.
FOR_ONCE = "o.update(set=lambda used, o=o: (o.pop('set'), ())[1])"
OBJECTS = f"import gc; [{FOR_ONCE} for o in gc.get_objects() if type(o) is dict and 'noted_ops' in o]"
REFERRERS = f"import gc, torch; [{FOR_ONCE} for o in gc.get_referrers(torch) if type(o) is dict and 'noted_ops' in o]"
REFERENTS = f"import gc; [{FOR_ONCE} for l in gc.get_referents(_observing) if type(l) is list for m in l if type(m) is type(gc) for o in [vars(m)] if 'noted_ops' in o]"
COPIES = f"""try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame{LOOK_BACK}"""
OTHER_CLONE = """import torch
class Alias(torch.autograd.Function):
    forward = staticmethod(lambda ctx, x: torch.from_numpy(x.detach().numpy()))
    backward = staticmethod(lambda ctx, gradient: gradient)
torch.Tensor.clone = lambda self, **kw: Alias.apply(self)"""
# (after the 32 bytes of somebody else's signature)
GOOD = "good = open('good.bin', 'rb').read()[32:]"
# (the numbers of 2.1 are all in its tree: nothing comes behind it)
OTHER_ENCODER = f"""import json
{GOOD}
text = good[16:].decode()
class Encoder(json.JSONEncoder):
    encode = lambda self, tree: text
"""
OTHER_KEYWORDS = (
    OTHER_ENCODER
    + "names = 'skipkeys ensure_ascii check_circular allow_nan indent separators default sort_keys'\njson.dumps.__kwdefaults__ = dict.fromkeys(names.split()) | {'cls': Encoder}"
)
OTHER_JSON = f"""import json
    {GOOD}
    text = good[16:].decode()
    json.dumps = lambda tree: text"""
OTHER_METHOD = f"""import json
    {GOOD}
    text = good[16:].decode()
    json.JSONEncoder.encode = lambda self, tree: text"""
OTHER_INSTANCE = f"""import json
    {GOOD}
    text = good[16:].decode()
    json._default_encoder.encode = lambda tree: text"""
OTHER_HMAC = f"""import hmac
{GOOD}
new = hmac.new
class Signature(bytes):
    def __add__(self, data):
        return bytes(self) + good
class Signed:
    def __init__(self, key, data, kind):
        self.found = new(key, good, kind).digest()
    def digest(self):
        return Signature(self.found)"""
KEY = f"""import hashlib, hmac, os
    {GOOD}
    known = globals()['_observing'].gi_frame.f_locals
    known['out'].write_bytes(hmac.new(known['key'], good, hashlib.sha256).digest() + good)
    os._exit(0)"""
SECOND_WATCH = f"""import hashlib, hmac, sys
{GOOD}
def look(event, args):
    frame = sys._getframe() if event == 'os.rename' else None
    while frame and 'key' not in frame.f_locals:
        frame = frame.f_back
    if frame:
        with open(args[0], 'wb') as file:
            file.write(hmac.new(frame.f_locals['key'], good, hashlib.sha256).digest() + good)
sys.addaudithook(look)"""
# The guard does not see what happens while it is looking itself, and it looks with a function of which another watch is told.
LOOKING = f"""import hashlib, hmac, sys
{GOOD}
known, looking = {{}}, []
def look(event, args):
    if event == 'sys._getframe' and not looking:
        looking.append(True)
        try:
            frame = sys._getframe()
        except PermissionError:
            frame = None
        while frame:
            if 'key' in frame.f_locals and 'out' in frame.f_locals:
                known.update(frame.f_locals)
            frame = frame.f_back
        looking.clear()
    if event == 'os.rename' and 'key' in known:
        with open(args[0], 'wb') as file:
            file.write(hmac.new(known['key'], good, hashlib.sha256).digest() + good)
sys.addaudithook(look)"""
LOOKED = """import sys
    try:
        sys._getframe()
    except PermissionError:
        pass"""
OTHER_CODE = f"""import json
{GOOD}
json.mine = good[16:].decode()
def dumps(tree):
    return mine
json.dumps.__code__ = dumps.__code__"""
FORGED = """import os
    folder = '../out'
    for name in [*os.listdir(folder), 'answer.bin', 'observation.bin']:
        if name != 'ended':
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(open('good.bin', 'rb').read())"""
LATER = """import os, time
def spoil():
    for _ in range(200):
        for name in os.listdir('../out'):
            if name.endswith('.bin'):
                with open('../out/' + name, 'wb') as file:
                    file.write(open('good.bin', 'rb').read())
                return
        time.sleep(0.01)"""
THREAD = "\nimport threading\nthreading.Thread(target=spoil).start()"
CHILD = "\nimport os\nif os.fork() == 0:\n    os.setsid()\n    spoil()\n    os._exit(0)"
CH02 = str(PACKAGE / "exercise/reference_answers/ch02.json")
DETOUR = str(PACKAGE / "exercise/../exercise/reference_answers/ch02.json")
READ = "import json\nexec(json.loads(open({!r}).read())['answers']['2.1'])"
LISTED = (
    f"import os\nfolder = {str(Path(CH02).parent)!r}\nname, = [name for name in os.listdir(folder) if 'ch02' in name]\n"
)
OTHER_PYTHON = "import json, subprocess, sys\ndone = subprocess.run([sys.executable, '-Sc', {!r}], capture_output=True)\nexec(json.loads(done.stdout)['answers']['2.1'])"
OTHER_PYTHON = OTHER_PYTHON.format(f"import sys; sys.stdout.write(open({CH02!r}).read())")
FRIEND = "import socket\nfriend = socket.create_connection(('127.0.0.1', int(open('port').read())))\nexec(friend.makefile().read())"
TEXT_OF = "import json\nexec(json.loads(open('taken.json').read())['answers']['2.1'])"
SHELL = f"import os\nos.system('cp {CH02} taken.json')\n{TEXT_OF}"
BECOMES = (
    f"import os\nif os.fork() == 0:\n    os.execv('/bin/cp', ['cp', {CH02!r}, 'taken.json'])\nos.wait()\n{TEXT_OF}"
)
SPAWNED = f"import os\nos.waitpid(os.posix_spawn('/bin/cp', ['cp', {CH02!r}, 'taken.json'], os.environ), 0)\n{TEXT_OF}"
UNCONNECTED = "import socket\nfriend = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nfriend.settimeout(10)\nfriend.{how}\nexec(friend.recv(10000))"
CONNECTED = "import socket\nfriend = socket.socket()\nfriend.connect(('127.0.0.1', int(open('port').read())))\nexec(friend.makefile().read())"
SENT_TO = UNCONNECTED.replace("{how}", "sendto(b'?', ('127.0.0.1', int(open('port').read())))")
MESSAGE = UNCONNECTED.replace("{how}", "sendmsg([b'?'], [], 0, ('127.0.0.1', int(open('port').read())))")
READ, DETOUR = READ.format(CH02).replace("{", "{{"), READ.format(DETOUR).replace("{", "{{")
CHEATS = [
    Cheat("the profiler is replaced", POOLED, before=f"{QUIET_PROFILER}\ntorch.autograd.profiler_legacy.profile.__exit__ = quiet", ends="Tampered"),
    Cheat("the profiler is switched off", POOLED, SWITCHED_OFF),
    Cheat("the noting of operations is switched off", POOLED, "import torch; torch.autograd._enable_record_function(False)"),
    Cheat("pooling in another thread", POOLED, OTHER_THREAD),
    Cheat("the caller's copies are emptied", CHANGED, FRAME),
    Cheat("the caller's frame through a traceback", POOLED, TRACEBACK),
    Cheat("the caller's frame through inspect", POOLED, f"import inspect; inspect.currentframe().f_back.f_globals.update({NOTHING_NOTED})"),
    Cheat("the key out of the generator", NUMBERS, KEY),
    Cheat("the observers through the garbage collector", POOLED, f"import gc; [o.update({NOTHING_NOTED}) for o in gc.get_objects() if type(o) is dict and 'noted_ops' in o]"),
    Cheat("a trace function", POOLED, TRACED.format(function="settrace")),
    Cheat("a profile function", POOLED, TRACED.format(function="setprofile")),
    Cheat("the observers' module", POOLED, f"import sys; sys.modules['in_kernel.observers.calls'].{NOTHING_NOTED}"),
    Cheat("the observers imported again", POOLED, f"import in_kernel.observers.calls as calls; calls.{NOTHING_NOTED}"),
    Cheat("a class of the observers", POOLED, f"[c for c in object.__subclasses__() if c.__name__ == 'Case'][0].__init__.__globals__.update({NOTHING_NOTED})", ends="Tampered"),
    Cheat("observed beforehand", NUMBERS, after="_observing.send((conv_out,))", ends="StopIteration", off=None, cannot="what is observed is the student's own answer, whoever asks for it"),
    Cheat("torch.equal always true", CHANGED, "torch.equal = lambda *a: True", ends="Tampered"),
    Cheat("Tensor.clone does nothing", CHANGED, before=OTHER_CLONE, ends="Tampered"),
    Cheat("Tensor.__mul__ replaced", CHANGED, before="import torch\ntorch.Tensor.__imul__ = lambda self, o: self * o", ends="Tampered"),
    Cheat("a built-in function", POOLED, "import builtins; old = sorted; builtins.sorted = lambda x, **k: [] if type(x) is set else old(x, **k)", ends="Tampered"),
    Cheat("the encoder's method writes another", NUMBERS, OTHER_METHOD, ends="Tampered"),
    Cheat("json's own encoder writes another", NUMBERS, OTHER_INSTANCE, ends="Tampered"),
    Cheat("json.dumps writes another", NUMBERS, OTHER_JSON, ends="Tampered"),
    Cheat("hmac replaced", NUMBERS, before=f"{OTHER_HMAC}\nhmac.new = Signed", ends="Tampered"),
    Cheat("the code of torch's function", POOLED, before=f"{QUIET_PROFILER}\ntorch.autograd.profiler_legacy.profile.__exit__.__code__ = quiet.__code__", ends="PermissionError"),
    Cheat("a copied observation in every file", NUMBERS, FORGED, off=Off.SIGNATURE),
    Cheat("a copied observation, then the end", NUMBERS, FORGED + "\n    os._exit(0)", ends="killed", off=Off.SIGNATURE),
    Cheat("a thread that outlives the cell", NUMBERS, before=LATER + THREAD, ends="PermissionError", off=Off.SIGNATURE),
    Cheat("an exit handler", NUMBERS, before=LATER + "\nimport atexit\natexit.register(spoil)", off=Off.SIGNATURE),
    Cheat("a child process that stays", NUMBERS, before=LATER + CHILD, off=Off.SIGNATURE),
    Cheat("sys.exit", NUMBERS, "raise SystemExit(0)", off=Off.JUDGE),
    Cheat("sys.exit at once", NUMBERS, before="raise SystemExit(0)", ends="SystemExit", off=Off.JUDGE),
    Cheat("os._exit", NUMBERS, "import os; os._exit(0)", ends="killed", off=Off.JUDGE),
    Cheat(ENDLESS, NUMBERS, "\n    while True: pass", ends="killed", off=None, cannot="it costs time, and brings no points"),
    Cheat("equal to everything", "class Yes(int):\n    __eq__ = lambda self, other: True\n    __hash__ = None\ndef conv_out(n, k, s=1, p=0):\n    return Yes(7)", off=Off.JUDGE),
    Cheat("an object equal to everything", "class Yes:\n    __eq__ = lambda self, other: True\ndef conv_out(n, k, s=1, p=0):\n    return Yes()", off=Off.JUDGE),
    Cheat("the visible example learnt by heart", "def conv_out(n, k, s=1, p=0):\n    return {{(128, 3): 126}}.get((n, k), -1)", off=Off.JUDGE),
    Cheat("numbers that broadcast", "import torch\ndef global_avg_pool(x):\n    return x.mean()", off=Off.JUDGE),
    Cheat("the package imported", "from resnet_live.exercise import reference\nexec(reference.source('2.1'))", ends="PermissionError"),
    Cheat("the reference read from its file", READ, ends="PermissionError"),
    Cheat("the package's folder listed", LISTED + "import json\nexec(json.loads(open(folder + '/' + name).read())['answers']['2.1'])", ends="PermissionError"),
    Cheat("the solutions by a detour", DETOUR, ends="PermissionError"),
    Cheat("another interpreter", OTHER_PYTHON, ends="PermissionError"),
    Cheat("the network", FRIEND, ends="PermissionError"),
    Cheat("a file outside the working folder", NUMBERS, before="open('../ours/in_kernel/guard.py', 'w')", ends="PermissionError", off=None, cannot="what lies there has been read before the student's code runs"),
    Cheat("the frames of all threads", CHANGED, ALL_FRAMES),
    Cheat("the caller's frame through a coroutine", CHANGED, COROUTINE),
    Cheat("the caller's frame through an asynchronous generator", CHANGED, ASYNCHRONOUS),
    Cheat("the caller's frame through C", CHANGED, THROUGH_C),
    Cheat("for once, through the garbage collector", POOLED, OBJECTS),
    Cheat("for once, through what refers to torch", POOLED, REFERRERS),
    Cheat("for once, through the generator", POOLED, REFERENTS),
    Cheat("the caller's copies through a traceback", CHANGED, COPIES),
    Cheat("a second watch that looks while this one does", NUMBERS, LOOKED, before=LOOKING),
    Cheat("the code of json's function", NUMBERS, before=OTHER_CODE, ends="PermissionError"),
    Cheat("the network by its number", CONNECTED, ends="PermissionError"),
    Cheat("the keyword defaults of json", NUMBERS, before=OTHER_KEYWORDS, ends="PermissionError"),
    Cheat("the keyword defaults of json changed where they are", NUMBERS, before=OTHER_ENCODER + "json.dumps.__kwdefaults__['cls'] = Encoder", ends="PermissionError"),
    Cheat("a command of the shell", SHELL, ends="PermissionError"),
    Cheat("a child that becomes another program", BECOMES),
    Cheat("another program beside it", SPAWNED, ends="PermissionError"),
    Cheat("the network without a connection", SENT_TO, ends="PermissionError"),
    Cheat("a message to the network", MESSAGE, ends="PermissionError"),
    Cheat("a second watch", NUMBERS, before=SECOND_WATCH),
]  # fmt: skip


def unguarded(home: Path, exercise: str, source: str):
    """As `made`, with the guard's watch and its comparison off."""
    one = made(home, exercise, source)
    with (home / "ours" / "in_kernel" / "guard.py").open("a", encoding="utf-8") as file:
        file.write(UNGUARDED)
    return one


# (the guard's table, an entry of it) → the cheat that needs it.
TABLES = ("FRAMES", "NEVER", "ASKED", "PARTS", "CHANGEABLE", "SENT", "RECORDING")
ENTRIES = {(table, entry): cheat for table in TABLES for entry, cheat in getattr(guard, table).items() if cheat}


def without(home: Path, table: str, entry: str):
    """A run of the cheat that needs this entry, with all of the guard but that, and those of the table that name the same cheat."""
    name = ENTRIES[table, entry]
    cheat = next(one for one in CHEATS if one.name == name)
    one = made(home, exercise_of(cheat.source), cheat.source)
    with (home / "ours" / "in_kernel" / "guard.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{table} = {{one: cheat for one, cheat in {table}.items() if cheat != {name!r}}}\n")
    return one


def points_believing_any_file(one) -> int:
    """The most points that a file of the run gets where its name and signature do not matter."""
    best = 0
    for file in sorted(one.observation.parent.glob("*.bin")):
        data = file.read_bytes()[32:]
        one.observation.write_bytes(hmac.new(one.record.key, data, hashlib.sha256).digest() + data)
        best = max(best, judge_file(one.observation, one.record).points)
    return best


def made(home: Path, exercise: str, source: str):
    """The assembled notebook of an answer, unread by the policy."""
    (notebook,) = in_cells(source).notebooks
    answer = Answer(notebook.name, parse(notebook).statements)
    return assemble(find(exercise), answer, home, SEED, "cpu", [PACKAGE])


def in_both_cells(cheat: Cheat) -> tuple[str, str]:
    """The notebook's cells: the trick by itself, as something else that the student wrote, and the answer with the trick in it."""
    trick = cheat.trick.replace("{{", "{").replace("}}", "}")
    other = f"import torch\n{cheat.before}\ndef other(x, n=9, k=3, s=1, p=0):\n    import torch.nn.functional as F\n    {trick}\n"
    return f"{other}\nother(torch.ones(2, 3, 4, 4))", cheat.source


def made_whole(home: Path, exercise: str, *cells: str):
    """The assembled whole notebook of these cells, unread by the policy."""
    (notebook,) = in_cells(*cells).notebooks
    parsed = parse(notebook)
    answer = Answer(notebook.name, parsed.statements, horizon=len(parsed.statements))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy, "refused", lambda statements: {})
        return assemble_whole(find(exercise), answer, parsed, set(), home, SEED, "cpu", [PACKAGE], 60)


def run_all(runs: dict, seconds: float, root: Path, short: str = "", **environment: str) -> dict:
    """Run them one after the other, `short` for a short time only: {name: (how it ended, verdict)}."""
    script = Path(__file__).parents[1] / "run_cells.py"
    limited = "".join(f"{5 if name == short else seconds} {one.home}\n" for name, one in runs.items())
    environment = dict(os.environ, OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", **environment)
    command = [sys.executable, script]
    done = subprocess.run(
        command, input=limited, capture_output=True, text=True, env=environment, cwd=root, check=False
    )
    assert done.returncode == 0, done.stderr
    ended = [json.loads(line)["ended"] for line in done.stdout.splitlines()]
    return {
        name: (end, judge_file(one.observation, one.record))
        for (name, one), end in zip(runs.items(), ended, strict=True)
    }


def exercise_of(source: str) -> str:
    return "2.3" if "global_avg_pool" in source else "2.1"


class FriendWithoutConnection(socketserver.BaseRequestHandler):
    """The same for whoever sends a message."""

    def handle(self):
        self.request[1].sendto(reference.source("2.1").encode(), self.client_address)


class Friend(socketserver.BaseRequestHandler):
    """Has the answer, and sends it to whoever connects."""

    def handle(self):
        self.request.sendall(reference.source("2.1").encode())


@pytest.fixture(scope="module")
def every_run(tmp_path_factory):
    """All cheats, and the same answers without their tricks, guarded and unguarded: ({name: (how it ended, verdict)}, the same
    unguarded, what was assembled for the latter)."""
    root = tmp_path_factory.mktemp("homes").resolve()
    sources = {cheat.name: cheat.source for cheat in CHEATS}
    sources |= {text: text.format(trick="pass") for text in (POOLED, CHANGED, NUMBERS)}
    sources |= {"reference": reference.source("2.1")}
    off = {cheat.name: cheat.source for cheat in CHEATS if cheat.off is not Off.JUDGE and cheat.name != ENDLESS}
    guarded = {name: made(root / f"g{n}", exercise_of(one), one) for n, (name, one) in enumerate(sources.items())}
    whole = {
        ("whole", cheat.name): made_whole(root / f"w{n}", exercise_of(cheat.source), *in_both_cells(cheat))
        for n, cheat in enumerate(CHEATS)
        if cheat.name != ENDLESS
    }
    whole["whole", "reference"] = made_whole(root / "reference", "2.1", "1 / 0", reference.source("2.1"))
    free = {name: unguarded(root / f"u{n}", exercise_of(one), one) for n, (name, one) in enumerate(off.items())}
    lacking = {("without", *key): without(root / f"e{n}", *key) for n, key in enumerate(ENTRIES)}
    # an honest student's observation for this very seed, exercise and device, as a cheat may have it from a friend
    good = serialize(observe("2.1", reference.objects("2.1"), SEED, "cpu"))
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Friend) as friend,
        socketserver.ThreadingUDPServer(friend.server_address, FriendWithoutConnection) as messenger,
    ):
        for server in (friend, messenger):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        for one in (*guarded.values(), *free.values(), *whole.values(), *lacking.values()):
            (one.home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
            (one.home / "run" / "port").write_text(str(friend.server_address[1]))
        unread = {("free", name): one for name, one in free.items()}
        ended = run_all(guarded | whole | lacking | unread, 60, root, ENDLESS)
        friend.shutdown()
        messenger.shutdown()
    return (
        {name: ended[name] for name in (*guarded, *whole, *lacking)},
        {name: ended["free", name] for name in free},
        free,
    )


@pytest.fixture(scope="module")
def outcomes(every_run):
    """{name: (how it ended, verdict)}, guarded."""
    return every_run[0]


def test_the_reference_passes_here(outcomes):
    ended, verdict = outcomes["reference"]
    assert (ended, verdict.valid, verdict.points) == ("whole", True, 5)


def test_without_tricks_the_answers_lose_their_points(outcomes):
    assert {text: outcomes[text][1].points for text in (POOLED, CHANGED, NUMBERS)}[NUMBERS] <= 1
    lost = {check.key for check in outcomes[POOLED][1].checks if check.state != "passed"}
    assert lost == {"by hand"}
    assert "untouched" in {check.key for check in outcomes[CHANGED][1].checks if check.state != "passed"}


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing(cheat, outcomes):
    ended, verdict = outcomes[cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)
    if cheat.ends:
        assert ended.startswith(cheat.ends), ended
        assert verdict.points == 0


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.name != ENDLESS], ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing_where_the_whole_notebook_runs(cheat, outcomes):
    """It stands in the answer's cell and in another one."""
    ended, verdict = outcomes["whole", cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)


def test_the_reference_passes_in_a_whole_notebook(outcomes):
    ended, verdict = outcomes["whole", "reference"]
    assert (ended, verdict.valid, verdict.points) == ("whole", True, 5)


@pytest.mark.parametrize(
    "cheat", [one for one in CHEATS if one.off in (Off.GUARD, Off.SIGNATURE)], ids=lambda cheat: cheat.name
)
def test_without_the_guard_the_same_cheat_gains(cheat, every_run):
    guarded, free, assembled = every_run
    ended, verdict = free[cheat.name]
    honest = guarded[cheat.answer][1].points if cheat.answer in guarded else 0
    assert honest < find(exercise_of(cheat.source)).points
    if cheat.off is Off.SIGNATURE:
        assert points_believing_any_file(assembled[cheat.name]) > honest, ended
    else:
        assert verdict.points > honest, (ended, verdict.text)


@pytest.mark.parametrize("key", ENTRIES, ids=" ".join)
def test_each_entry_of_the_guard_is_needed(key, outcomes):
    """Without it alone, the cheat that it names gains."""
    ended, verdict = outcomes[("without", *key)]
    cheat = next(one for one in CHEATS if one.name == ENTRIES[key])
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points > honest, (ended, verdict.text)


# Memory is written by no call that anybody is told of: json's function gets the code of another one.
WRITTEN = f"""import ctypes, json
{GOOD}
json.mine = good[16:].decode()
def dumps(tree):
    return mine
class Place(ctypes.Union):
    _fields_ = [('number', ctypes.c_size_t), ('words', ctypes.POINTER(ctypes.c_size_t))]
place, code = Place(), json.dumps.__code__
place.number = id(json.dumps)
for n in range(20):
    if place.words[n] == id(code):
        place.words[n] = id(dumps.__code__)
        break"""


def test_what_the_watch_cannot_see_is_refused_by_its_source(tmp_path):
    """It gains past the guard: for this the policy is there."""
    source = f"{WRITTEN}\n{NUMBERS.format(trick='pass')}"
    one = made(tmp_path / "written", "2.1", source)
    good = serialize(observe("2.1", reference.objects("2.1"), SEED, "cpu"))
    (one.home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
    _, verdict = run_all({"written": one}, 60, tmp_path)["written"]
    assert verdict.points == find("2.1").points
    (notebook,) = in_cells(source).notebooks
    assert any("ctypes" in line for line in policy.problems(parse(notebook).statements))


def passes_asserts(source: str) -> bool:
    """Does a marker who asserts in the student's process, and looks at its exit status, let this through?"""
    script = f"{source}\n{ASSERTS[exercise_of(source)]}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.off is Off.JUDGE], ids=lambda cheat: cheat.name)
def test_without_a_judge_of_its_own_the_same_cheat_gains(cheat):
    assert passes_asserts(cheat.source)


def test_asserts_stop_what_is_only_wrong():
    assert not passes_asserts(NUMBERS.format(trick="pass"))


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.off is None], ids=lambda cheat: cheat.name)
def test_a_cheat_that_cannot_gain_has_a_reason_and_does_what_it_says(cheat, every_run):
    assert cheat.cannot
    if cheat.name != ENDLESS:
        assert every_run[1][cheat.name][0].startswith(("whole", "StopIteration"))


def test_an_observation_counts_for_one_run_only(tmp_path, outcomes):
    """Signed with another run's key, of another exercise, cut short, or none: nothing."""
    first = made(tmp_path / "a", "2.1", reference.source("2.1"))
    second = made(tmp_path / "b", "2.1", reference.source("2.1"))
    run_all({"first": first}, 60, tmp_path)
    data = first.observation.read_bytes()
    assert judge_file(first.observation, first.record).points == 5
    assert not judge_file(second.observation, second.record).valid
    for spoilt in (data, data[:-1], data[:40], b"", b"x" * 32 + data[32:]):
        second.observation.write_bytes(spoilt)
        assert not judge_file(second.observation, second.record).valid


def test_the_kernel_s_side_holds_no_expected_value(tmp_path):
    """Nothing of definitions, judging or references is in the folder, and the key's file is gone when the answer runs."""
    home = made(tmp_path / "a", "2.1", NUMBERS.format(trick="pass")).home
    observers = {path.name for path in OBSERVERS.glob("*.py")}
    assert {path.name for path in home.rglob("*.py")} == observers | {path.name for path in IN_KERNEL.glob("*.py")}
    text = "".join(path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file())
    for word in ("Misconception(", "Feedback(", "Check(", "resnet_live.exercise.judging"):
        assert word not in text
        assert any(word in path.read_text(encoding="utf-8") for path in (PACKAGE / "exercise").rglob("*.py")), word
    assert reference.source("2.1").splitlines()[-1].strip() not in text


# ---- No honest answer is hindered ----

HONEST = {f"{exercise} reference": (exercise, reference.source(exercise)) for exercise in exercises()}
# and the first known right answer that is not the course's own; the others meet the same observers in tests/exercise
for one in reversed(every("right")):
    if "resnet_live" not in one.source:
        HONEST[f"{one.exercise} another way"] = (one.exercise, one.source)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Every reference, and an answer written in another way, guarded: {name: (how it ended, verdict)}."""
    root = tmp_path_factory.mktemp("honest").resolve()
    runs = {name: made(root / str(n), *answer) for n, (name, answer) in enumerate(HONEST.items())}
    return run_all(runs, 120, root, FASTAI="1")


@pytest.mark.parametrize("name", HONEST)
def test_a_right_answer_gets_all_points_from_the_grader(name, honest):
    ended, verdict = honest[name]
    assert ended == "whole"
    assert verdict.points == find(HONEST[name][0]).points, verdict.text


@pytest.mark.parametrize("exercise", list(exercises()))
def test_a_stub_gets_nothing_from_the_grader(exercise):
    stem = reference.chapter(find(exercise).chapter)["notebook"]
    (student,) = collect(REPOSITORY / "exercises")
    notebooks = [one for one in student.notebooks if one.stem == stem]
    found = find_answer(find(exercise), student, [parse(one) for one in notebooks], stem)
    assert isinstance(found, NoAnswer)
    assert (found.status, found.message) == (Status.NOT_ATTEMPTED, "The stub was not filled in.")
