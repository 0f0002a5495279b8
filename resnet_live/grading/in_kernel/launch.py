"""The first thing of ours inside the sandbox: take what is left to take away, then become the command.

    python launch.py limits.json command…

Standard library only, and no part of the package: it runs from a copy. `confine` does the same in a process that goes on, as a forked
one does; that process must have one thread.

`limits.json`: {"own_network": make one, "view": of the files or null, "memory": bytes of one process or null, "cpu": seconds or null,
"processes": of this user at once or null}. With a view the processes are its own too: {"readable": paths, "writable": folders,
"hidden": paths, "devices": paths}; what lies deeper wins, and all else is not there.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
import time

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
MOST_FILE_BYTES, MOST_OPEN_FILES = 512_000_000, 1024
# Of a folder in memory: /tmp, and /dev/shm, where PyTorch's data loaders pass tensors on.
MOST_SCRATCH = "size=64m"
NEW_USER, NEW_FILES, NEW_PROCESSES, NEW_NETWORK, NEW_IPC = 0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE, DETACH = 1, 2, 4, 32, 4096, 16384, 1 << 18, 2
MOUNT_SETATTR, AT_RECURSIVE, AT_FDCWD = 442, 0x8000, -100
DIE_WITH_PARENT, DROP_BOUNDING, NO_NEW_PRIVILEGES, REAP_ORPHANS = 1, 24, 38, 36
CAPABILITIES_VERSION, MOST_CAPABILITIES = 0x20080522, 64
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        limits = json.load(file)
    _libc("prctl", DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)  # the grader, should it be killed
    confine(limits)
    if sys.argv[2:]:
        os.execv(sys.argv[2], sys.argv[2:])


def confine(limits: dict) -> None:
    """Shut this process off, as `limits` says (see the module's text). Raises OSError when this machine does not let it.

    It comes back in a child, with processes of its own as the first of them; the caller's process waits for that one, ends what it has
    left behind, and ends as it ended.
    """
    alone = limits["view"] is not None
    if limits["own_network"]:
        own_namespaces(alone)
    go_on_in_child()
    restrict(limits)


def restrict(limits: dict) -> None:
    """What is left to take away in the namespaces."""
    if limits["own_network"]:
        loopback_up()
    if limits["view"]:
        look_at(limits["view"])
        with contextlib.suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")
    limit(limits)
    drop_capabilities()


def limit(limits: dict) -> None:
    """What one process may use."""
    if limits["memory"]:
        # not RLIMIT_AS: importing PyTorch alone maps several GB
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"], limits["memory"]))
    if limits["cpu"]:
        resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = [(resource.RLIMIT_FSIZE, MOST_FILE_BYTES), (resource.RLIMIT_NOFILE, MOST_OPEN_FILES)]
    if limits["processes"]:
        most.append((resource.RLIMIT_NPROC, limits["processes"]))
    for kind, number in most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (number, number))


def own_namespaces(alone: bool) -> None:
    """A network of one's own, with the same user in it. `alone`: processes and files too, for what this one forks and for itself."""
    user, group = os.getuid(), os.getgid()
    _libc("unshare", NEW_USER | NEW_NETWORK | NEW_IPC | (NEW_FILES | NEW_PROCESSES if alone else 0))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def go_on_in_child() -> None:
    """Go on in a child; here, wait for it and end all that it started, daemons too."""
    _libc("prctl", REAP_ORPHANS, 1, 0, 0, 0)  # whoever loses its parent becomes a child of this process
    if child := os.fork():
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda number, frame: os.kill(child, number))
        _, status = os.waitpid(child, 0)
        _end_children()
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _libc("prctl", DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


def _end_children() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                with open(f"/proc/self/task/{os.getpid()}/children") as file:
                    for number in file.read().split():
                        os.kill(int(number), signal.SIGKILL)
                time.sleep(0.005)


def loopback_up() -> None:
    """A new network has a loopback device that is down; the kernel's sockets need it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        flags = struct.unpack("16sh", fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


def look_at(view: dict) -> None:
    """From now on there are no files but those of the view, for this process and what it starts."""
    here, old, new = os.getcwd(), "/old", "/new"
    mount(None, "/", None, RECURSIVE | PRIVATE)
    base = tempfile.gettempdir()
    mount("tmpfs", base, "tmpfs", NO_SETUID | NO_DEVICES, "mode=755")
    os.mkdir(base + old)
    os.mkdir(base + new)
    mount(base + new, base + new, None, BIND)
    _libc("pivot_root", base.encode(), (base + old).encode())
    os.chdir("/")
    for path in ("/proc", "/tmp", "/dev/shm"):
        os.makedirs(new + path)
    # while the old one can still be seen: the kernel asks for that
    mount("proc", f"{new}/proc", "proc", NO_SETUID | NO_DEVICES)
    for path in ("/tmp", "/dev/shm"):
        mount("tmpfs", new + path, "tmpfs", NO_SETUID | NO_DEVICES, MOST_SCRATCH)
    os.symlink("/proc/self/fd", f"{new}/dev/fd")
    parts: list[tuple[str, int | None]] = [(path, READ_ONLY | NO_DEVICES) for path in view["readable"]]
    parts += [(path, 0) for path in view["writable"]]
    parts += [(path, 0) for path in (*DEVICES, *view["devices"]) if os.path.exists(old + path)]
    parts += [(path, None) for path in view["hidden"]]
    for path, flags in sorted(parts, key=lambda part: part[0].count("/")):
        if flags is None:
            _hide(new + path)
        else:
            _show(old + path, new + path, flags)
    _libc("umount2", old.encode(), DETACH)
    os.chdir(new)
    _libc("pivot_root", b".", b".")
    _libc("umount2", b".", DETACH)
    mount(None, "/", None, REMOUNT | BIND | READ_ONLY | NO_SETUID | NO_DEVICES)
    if os.path.isdir(here):
        os.chdir(here)


def _show(source: str, target: str, flags: int) -> None:
    if os.path.islink(source):  # /bin, where it is one to /usr/bin
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a"):
            pass
    mount(source, target, None, BIND | RECURSIVE)
    if flags:
        _set_flags(target, flags | NO_SETUID)


def _set_flags(target: str, flags: int) -> None:
    """Of a mount and all below it."""
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)  # the numbers of these flags are those of mount(2)
    try:
        _libc("syscall", MOUNT_SETATTR, AT_FDCWD, target.encode(), AT_RECURSIVE, attributes, ctypes.c_size_t(32))
    except OSError:  # Linux before 5.12: the flags that it has must be kept
        mount(None, target, None, REMOUNT | BIND | flags | (os.statvfs(target).f_flag & 0x40F))


def _hide(target: str) -> None:
    """An empty folder, or file, in its place, if it is there at all."""
    if os.path.isdir(target):
        mount("tmpfs", target, "tmpfs", READ_ONLY | NO_SETUID | NO_DEVICES, "size=4k,mode=755")
    elif os.path.exists(target):
        mount("/new/dev/null", target, None, BIND)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2)."""
    texts = [None if text is None else text.encode() for text in (source, target, kind, data)]
    _libc("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def drop_capabilities() -> None:
    """None left, and no program gives them back."""
    _libc("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in range(MOST_CAPABILITIES):
        with contextlib.suppress(
            OSError
        ):  # the kernel has fewer, or we may not; then there is none to give back either
            _libc("prctl", DROP_BOUNDING, capability, 0, 0, 0)
    _libc("capset", struct.pack("Ii", CAPABILITIES_VERSION, 0), bytes(24))


def _libc(name: str, *arguments: object) -> None:
    """Call a function of the C library. Raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


if __name__ == "__main__":
    main()
