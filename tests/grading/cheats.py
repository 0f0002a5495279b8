# ruff: noqa: E501 (a cheat a line)
"""Ways to more points than an answer deserves, each with what it does without a protection: the tests of the guard run them."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import resnet_live

PACKAGE = Path(resnet_live.__file__).parent
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

    @property
    def elsewhere(self) -> str:
        """The trick by itself, as something else that the student wrote."""
        if "{trick}" not in self.answer:
            return self.source
        trick = self.trick.replace("{{", "{").replace("}}", "}")
        other = f"def other(x, n=9, k=3, s=1, p=0):\n    import torch.nn.functional as F\n    {trick}\n"
        return f"import torch\n{self.before}\n{other}\nother(torch.ones(2, 3, 4, 4))"

    @property
    def alone(self) -> tuple[str, ...]:
        """A notebook's cells: the trick in one of its own, and an answer with none, which may use what that has left behind."""
        if "{trick}" in self.answer:
            plain = self.answer.format(trick="pass")
        else:
            (name, given) = {"2.1": ("conv_out", "n, k, s=1, p=0"), "2.3": ("global_avg_pool", "x")}[
                exercise_of(self.source)
            ]
            plain = f"mine = {name}\ndef {name}({given}):\n    return mine({given.replace('=1', '').replace('=0', '')})"
        return (self.elsewhere, plain, *([self.after] if self.after else []))


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
# The interpreter hands these frames over without being asked: nobody is told of them.
HANDED = """import signal
    def look(number, frame):
        while frame:
            if 'before' in frame.f_locals and 'leaves' in frame.f_locals:
                frame.f_locals['before'].clear()
            frame = frame.f_back
    signal.signal(signal.SIGALRM, look)
    signal.raise_signal(signal.SIGALRM)"""
# What runs from the folder of the installation may do what the installation does.
TRUSTED = """import json
    source = '''
import sys
frame = sys._getframe(1)
while frame:
    if "noted_ops" in frame.f_globals:
        frame.f_globals.update(set=lambda used, o=frame.f_globals: (o.pop("set"), ())[1])
    frame = frame.f_back
'''
    exec(compile(source, json.__file__, 'exec'))"""
# A function of the guard's holds the one that it watches over.
CLOSED_OVER = """import torch
    for cell in torch.autograd._enable_record_function.__closure__:
        if cell.cell_contents is not None and 'builtin' in type(cell.cell_contents).__name__:
            cell.cell_contents(False)"""
# Past the guard: what it cannot see is refused by its source.
UNSEEN = [
    Cheat("memory is written", NUMBERS, before=WRITTEN),
    Cheat("the caller's frame through a signal", CHANGED, HANDED),
    Cheat("code under a name that is trusted", POOLED, TRUSTED),
    Cheat("what a watched function closes over", POOLED, CLOSED_OVER),
]
# The same cheats in other words, and what only its source gives away: a line each.
SPELT = {
    "memory is written": ("import _ctypes", "import cffi", "import mmap"),
    "memory is written, through numpy": ("import numpy as np; np.ctypeslib.as_ctypes(x)",),
    "a file by another door": ("import _io; _io.open('answers')",),
    "pooling in another thread": ("import _thread; _thread.start_new_thread(f, ())", "from concurrent import futures", "import threading"),
    "an interpreter that nobody watches": ("import _xxsubinterpreters as other; other.run_string(other.create(), 'x')",),
    "the caller's frame through a task": ("import asyncio; asyncio.current_task().get_stack()",),
    "a built-in function, by its table": ("__builtins__['sorted'] = f", "f.__builtins__['sorted'] = f"),
    "a built-in function, by the frame's table": ("frame.f_builtins['sorted'] = f",),
    "code under a name that is trusted": ("import code; code.InteractiveInterpreter()", "import codeop; codeop.compile_command(s, json.__file__)", "import dis; dis.Bytecode(s).codeobj", "import marshal; marshal.loads(s)", "import runpy; runpy.run_path(s)", "eval(s)"),
    "code under a name that is trusted, made by hand": ("import types; types.CodeType(*s)", "import types; types.FunctionType(s, {})"),
    "code under a name that is trusted, by the frame": ("frame.f_code.replace(co_filename=s)",),
    "a look at the stack": ("import faulthandler; faulthandler.dump_traceback()", "import traceback; traceback.walk_stack(None)", "import tracemalloc; tracemalloc.take_snapshot()"),
    "the observers imported again": ("import importlib; importlib.import_module('in_kernel.observers.calls')",),
    "the observers' module": ("import sysconfig; sysconfig.sys.modules",),
    "the observers' module, by another door": ("__import__('sys').modules", "__loader__.load_module('sys')", "__spec__.loader", "json.__loader__.load_module('sys')", "json.__spec__.loader", "f.__import__('sys')"),
    "the package imported": ("import site; site.getsitepackages()",),
    "the notebook's own program": tuple(f"import {name}" for name in ["IPython.core", "ipykernel", "jupyter_client", "nbclient", "nbformat", "nbgrader", "nbmake", "pytest", "zmq"]),
    "the notebook's own program, asked for": ("get_ipython().ast_transformers.append(f)",),
    "the network": tuple(f"import {name}" for name in ["http", "requests", "socketserver", "ssl", "urllib"]),
    "another interpreter": ("import multiprocessing", "import pty; pty.spawn('python')"),
    "a command of the shell": ("import posix; posix.system('cp a b')",),
    "its limits lifted": ("import psutil; psutil.Process().rlimit(2, (-1, -1))", "import resource; resource.setrlimit(2, (-1, -1))"),
    "the key out of the generator": ("globals()['_observing']",),
    "the key out of the generator, by the names at hand": ("locals()['_observing']",),
    "a stop that never ends": ("breakpoint()", "input()"),
    "a class of the observers, from below": ("x.__class__.__base__", "x.__class__.__bases__", "x.__class__.__mro__"),
    "a class of the observers, its name put together": ("object.__getattribute__(f, '__glo' + 'bals__')", "x.__reduce__()", "x.__reduce_ex__(4)"),
    "what a watched function closes over, by its method": ("f.__func__", "f.__self__", "f.__wrapped__"),
    "defaults of torch's function": ("torch.relu.__defaults__ = ()",),
    "the caller's copies are emptied": ("frame.f_locals['before'].clear()",),
    "the profiler is switched off, by its newer name": ("torch.autograd._disable_profiler()", "torch.autograd._enable_profiler(s, {})", "torch.autograd._set_empty_test_observer(True, 1)"),
    "the profiler is switched off, by its other half": ("torch.autograd._enable_profiler_legacy(s)",),
    "the profiler is replaced": ("from torch import profiler",),
    "the insides of torch": ("torch._C._autograd", "import torch._dynamo", "import torch._library", "from torch import library"),
    "other people's calls steered": ("import torch.overrides", "import torch.utils._python_dispatch"),
}  # fmt: skip


def exercise_of(source: str) -> str:
    return "2.3" if "global_avg_pool" in source else "2.1"
