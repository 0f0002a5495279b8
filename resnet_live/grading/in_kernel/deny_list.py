"""What an answer may not use: all of it, with the cheat that needs each entry.

None of the exercises asks for any of it. The judge sees wrong numbers; what stands here would make right what is observed, or bring
somebody else's answer in. Two readers keep to the list: `policy`, which reads an answer's source before it runs, refuses what has no
honest use, and says in which line it stands; and `guard`, inside, which sees what is really called, however it is spelt, but only
what the interpreter tells of. The cheats stand in tests/grading/cheats.py under these names; tests take each entry away.

Standard library only: it goes into the kernel with the guard.
"""

# ---- In the source ----

# Modules, and where an honest answer may use a part of them, that.
MODULES = {
    "_ctypes": "memory is written",
    "cffi": "memory is written",
    "ctypes": "memory is written",
    "mmap": "memory is written",
    "_io": "a file by another door",
    "_thread": "pooling in another thread",
    "concurrent": "pooling in another thread",
    "threading": "pooling in another thread",
    "_xxsubinterpreters": "an interpreter that nobody watches",
    "asyncio": "the caller's frame through a task",
    "atexit": "an exit handler",
    "builtins": "a built-in function",
    "code": "code under a name that is trusted",
    "codeop": "code under a name that is trusted",
    "dis": "code under a name that is trusted",
    "marshal": "code under a name that is trusted",
    "runpy": "code under a name that is trusted",
    "faulthandler": "a look at the stack",
    "traceback": "a look at the stack",
    "tracemalloc": "a look at the stack",
    "gc": "the observers through the garbage collector",
    "importlib": "the observers imported again",
    "in_kernel": "the observers imported again",
    "inspect": "the caller's frame through inspect",
    "signal": "the caller's frame through a signal",
    "sys": "the observers' module",
    "sysconfig": "the observers' module",
    "resnet_live": "the package imported",
    "site": "the package imported",
    "IPython": "the notebook's own program",
    "ipykernel": "the notebook's own program",
    "jupyter_client": "the notebook's own program",
    "nbclient": "the notebook's own program",
    "nbformat": "the notebook's own program",
    "nbgrader": "the notebook's own program",
    "nbmake": "the notebook's own program",
    "pytest": "the notebook's own program",
    "zmq": "the notebook's own program",
    "http": "the network",
    "requests": "the network",
    "socket": "the network",
    "socketserver": "the network",
    "ssl": "the network",
    "urllib": "the network",
    "multiprocessing": "another interpreter",
    "pty": "another interpreter",
    "subprocess": "another interpreter",
    "os": "a command of the shell",
    "posix": "a command of the shell",
    "psutil": "its limits lifted",
    "resource": "its limits lifted",
}
ALLOWED = {
    "os": "path makedirs mkdir replace rename remove unlink fsync fspath sep getcwd PathLike cpu_count "
    "environ getenv name listdir stat close",
    "sys": "maxsize float_info stdout stderr version version_info getsizeof platform",
    "gc": "collect",
    "inspect": "signature Parameter isclass isfunction",
    "traceback": "print_exc format_exc print_exception format_exception",
    "IPython": "display",
}
# Names of those that are parts of other packages too (`scipy.signal`).
AMBIGUOUS = {"signal", "resource", "code", "dis", "http"}
NAMES = {
    "compile": "code under a name that is trusted",
    "eval": "code under a name that is trusted",
    "exec": "code under a name that is trusted",
    "__builtins__": "a built-in function, by its table",
    "__import__": "the observers' module, by another door",
    "__loader__": "the observers' module, by another door",
    "__spec__": "the observers' module, by another door",
    "globals": "the key out of the generator",
    "locals": "the key out of the generator, by the names at hand",
    "get_ipython": "the notebook's own program, asked for",
    "breakpoint": "a stop that never ends",
    "input": "a stop that never ends",
}
ATTRIBUTES = {
    "__globals__": "a class of the observers",
    "__subclasses__": "a class of the observers",
    "__base__": "a class of the observers, from below",
    "__bases__": "a class of the observers, from below",
    "__mro__": "a class of the observers, from below",
    "__getattribute__": "a class of the observers, its name put together",
    "__reduce__": "a class of the observers, its name put together",
    "__reduce_ex__": "a class of the observers, its name put together",
    "__builtins__": "a built-in function, by its table",
    "__import__": "the observers' module, by another door",
    "__loader__": "the observers' module, by another door",
    "__spec__": "the observers' module, by another door",
    "__closure__": "what a watched function closes over",
    "cell_contents": "what a watched function closes over",
    "__func__": "what a watched function closes over, by its method",
    "__self__": "what a watched function closes over, by its method",
    "__wrapped__": "what a watched function closes over, by its method",
    "__code__": "the code of torch's function",
    "__defaults__": "defaults of torch's function",
    "__kwdefaults__": "the keyword defaults of json",
    "CodeType": "code under a name that is trusted, made by hand",
    "FunctionType": "code under a name that is trusted, made by hand",
    "__traceback__": "the caller's frame through a traceback",
    "tb_frame": "the caller's frame through a traceback",
    "f_back": "the caller's frame through a traceback",
    "f_globals": "the caller's frame through a traceback",
    "f_locals": "the caller's copies are emptied",
    "_getframe": "the caller's copies are emptied",
    "f_builtins": "a built-in function, by the frame's table",
    "f_code": "code under a name that is trusted, by the frame",
    "gi_frame": "the key out of the generator",
    "cr_frame": "the caller's frame through a coroutine",
    "ag_frame": "the caller's frame through an asynchronous generator",
    "_current_frames": "the frames of all threads",
    "settrace": "a trace function",
    "setprofile": "a profile function",
    "addaudithook": "a second watch",
    "_disable_profiler": "the profiler is switched off, by its newer name",
    "_enable_profiler": "the profiler is switched off, by its newer name",
    "_disable_profiler_legacy": "the profiler is switched off",
    "_enable_profiler_legacy": "the profiler is switched off, by its other half",
    "_enable_record_function": "the noting of operations is switched off",
    "_set_empty_test_observer": "the profiler is switched off, by its newer name",
}
# Parts of an imported package that look at or steer other people's calls.
INSIDES = {
    "_C": "the insides of torch",
    "_dynamo": "the insides of torch",
    "_library": "the insides of torch",
    "library": "the insides of torch",
    "overrides": "other people's calls steered",
    "_python_dispatch": "other people's calls steered",
    "profiler": "the profiler is replaced",
    "profiler_legacy": "the profiler is replaced",
    "ctypeslib": "memory is written, through numpy",
}

# ---- While it runs ----

FRAMES = {
    "tb_frame": "the caller's copies through a traceback",
    "gi_frame": "the key out of the generator",
    "cr_frame": "the caller's frame through a coroutine",
    "ag_frame": "the caller's frame through an asynchronous generator",
}
NEVER = {
    "sys.settrace": "a trace function",
    "sys.setprofile": "a profile function",
    "sys._current_frames": "the frames of all threads",
    "sys.addaudithook": "a second watch that looks while this one does",
    "gc.get_objects": "for once, through the garbage collector",
    "gc.get_referrers": "for once, through what refers to torch",
    "gc.get_referents": "for once, through the generator",
    "subprocess.Popen": "another interpreter",
    "os.system": "a command of the shell",
    "os.exec": "a child that becomes another program",
    "os.posix_spawn": "another program beside it",
}
# The same by ways that have not been tried: Windows' own, and names that are looked up in the network.
UNTRIED = frozenset(("os.spawn", "os.startfile", "socket.getaddrinfo", "socket.gethostbyname"))
# The installation itself does these, an answer does not.
ASKED = {
    "sys._getframe": "the caller's copies are emptied",
    "ctypes.dlsym": "the caller's frame through C",
    "ctypes.dlopen": "",  # untried: a library that runs when it is loaded
}
# Of functions that are not the student's: what nobody may set, and what nobody may get, as it can be changed where it is.
CHANGEABLE = {"__kwdefaults__": "the keyword defaults of json changed where they are"}
PARTS = {
    "__code__": "the code of json's function",
    "__defaults__": "",  # untried
    "__kwdefaults__": "the keyword defaults of json",
}
SENT = {
    "socket.connect": "the network by its number",
    "socket.sendto": "the network without a connection",
    "socket.sendmsg": "a message to the network",
}
# Parts of PyTorch that stop or restart the noting of operations on which `observers.calls` rests.
RECORDING = {
    "_enable_record_function": "the noting of operations is switched off",
    "_disable_profiler_legacy": "the profiler is switched off",
    "_enable_profiler_legacy": "the profiler is switched off",
    "_enable_profiler": "",  # untried, as the next two
    "_disable_profiler": "",
    "_set_empty_test_observer": "",
}
