"""How soon the board shows what was run, to a class of sixty browsers, quiet and under a flood from one address.

    python benchmarks/board.py [--browsers 60] [--cells 20] [--cores 2]

A shell runs cells that print the time; each browser is a stream of Server-Sent Events with a cookie of its own, as the page opens
it, and notes when it had the cell with its pictures. So a delay counts redaction, sending, the server and the network of this
machine, not the drawing.
The browsers run in one process, the flood in another, the server in a third, all on the same cores. Writes board.json beside it.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULT = Path(__file__).with_suffix(".json")
RAN_AT = re.compile(r"ran at (\d+\.\d+)")
PICTURE = "from IPython.display import Image, display\nimport os\ndisplay(Image(data=b'\\x89PNG' + os.urandom(60_000), format='png'))"


# ---- the browsers, in a process of their own ----


async def opened(
    port: int, path: str, cookie: str = "", source: str = "127.0.0.1", method: str = "GET", body: str = ""
):
    """A request; gives reader, writer and head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0), limit=2**22)
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    if body:
        lines += [f"Origin: http://127.0.0.1:{port}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    writer.write("\r\n".join([*lines, "", body]).encode())
    await writer.drain()
    return reader, writer, (await reader.readuntil(b"\r\n\r\n")).decode()


async def browser(port: int, seen: list[tuple[float, float]], votes: list[float], ready: list[int]) -> None:
    """One student: opens the page, follows the stream, and votes as soon as a question is asked."""
    _, writer, head = await opened(port, "/")
    cookie = re.search(r"Set-Cookie: ([^;]+)", head)[1]
    writer.close()
    for path in ("/board.css", "/board.js", "/stream.js"):
        _, writer, _ = await opened(port, path, cookie)
        writer.close()
    reader, _stream, head = await opened(port, "/events", cookie)
    assert " 200 " in head, head
    ready.append(1)
    known: set[str] = set()
    voted = False
    while True:
        line = await reader.readline()
        if not line:
            return
        if not line.startswith(b'data: {"key"'):
            continue
        now = time.time()
        item = json.loads(line[6:])
        if item["key"].startswith("cell."):
            for output in (item["value"] or {}).get("outputs", ()):
                if output["kind"] == "picture" and output["name"] not in known:
                    known.add(output["name"])
                    pictures, writer, head = await opened(port, f"/picture/{output['name']}", cookie)
                    assert " 200 " in head, head
                    await pictures.readexactly(int(re.search(r"Content-Length: (\d+)", head)[1]))
                    writer.close()
                    now = time.time()
            for at in RAN_AT.findall(json.dumps(item["value"])):
                if at not in known:
                    known.add(at)
                    seen.append((float(at), now - float(at)))
        elif item["key"] == "vote" and item["value"]:
            if item["value"]["total"] == int(os.environ["BROWSERS"]):
                votes.append(now)
            if not voted:
                voted = True
                body = json.dumps({"step": item["value"]["step"], "choice": 1})
                _, writer, head = await opened(port, "/vote", cookie, method="POST", body=body)
                assert " 200 " in head, head
                writer.close()


async def browsers(port: int, count: int) -> None:
    """`count` browsers until somebody writes a line to us; then what they saw."""
    seen: list[tuple[float, float]] = []
    votes: list[float] = []
    ready: list[int] = []
    tasks = [asyncio.create_task(browser(port, seen, votes, ready)) for _ in range(count)]
    while len(ready) < count:
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    print(json.dumps({"seen": seen, "votes": votes}), flush=True)


async def flood(port: int, source: str, hands: int = 40) -> None:
    """Ask as fast as it goes, without a cookie, until somebody writes a line."""
    counts = {"requests": 0, "refused": 0, "broken": 0}
    over = False

    async def ask() -> None:
        while not over:
            counts["requests"] += 1
            try:
                _, writer, head = await opened(port, "/", source=source)
                counts["refused"] += " 429 " in head
                writer.close()
            except (OSError, asyncio.IncompleteReadError):
                counts["broken"] += 1

    began = time.time()
    tasks = [asyncio.create_task(ask()) for _ in range(hands)]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    over = True
    await asyncio.gather(*tasks)
    print(json.dumps(counts | {"per_second": round(counts["requests"] / (time.time() - began))}), flush=True)


# ---- the class ----


def helper(*arguments: str) -> subprocess.Popen:
    """This script as another process, once it is ready."""
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "ready", arguments
    return process


def told(process: subprocess.Popen) -> dict:
    """What a helper found out."""
    process.stdin.write("over\n")
    process.stdin.flush()
    found = json.loads(process.stdout.readline())
    process.wait(30)
    return found


def summary(delays: list[float], expected: int) -> dict:
    """Seconds: median, 95 of 100, maximum; and how many browsers missed a cell."""
    ordered = sorted(delays)
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
        "maximum": round(ordered[-1], 3),
        "missed": expected - len(ordered),
    }


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browsers", type=int, default=60)
    parser.add_argument("--cells", type=int, default=20)
    parser.add_argument("--cores", type=int, default=2)
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: chosen.cores]))
    os.environ |= {"RESNET_LIVE_CACHE": tempfile.mkdtemp(), "BROWSERS": str(chosen.browsers)}

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from resnet_live.live.kernel import class_state
    from resnet_live.questions import find_question

    shell = InteractiveShell.instance(config=Config({"HistoryAccessor": {"hist_file": ":memory:"}}))
    shell.run_cell("%load_ext resnet_live.live")
    result, load = {}, os.getloadavg()[0]
    for phase, source in (
        ("quiet", ""),
        ("flood from another address", "127.0.0.2"),
        ("flood from the same", "127.0.0.1"),
    ):
        shell.run_cell("%share on")
        board = class_state.current().board
        port = board.settings.port
        room = helper("--as-browsers", str(port), str(chosen.browsers))
        stranger = helper("--as-flood", str(port), source) if source else None
        began = time.time()
        for number in range(chosen.cells):
            code = f"{PICTURE}\n" if number % 4 == 3 else ""
            shell.run_cell(f"{code}import time\nprint('ran at', time.time())")
            time.sleep(0.7)
        asked = time.time()
        board.open_vote(find_question("2.5"))
        time.sleep(3)
        found = told(room)
        delays = [delay for at, delay in found["seen"] if at >= began]
        result[phase] = summary(delays, chosen.browsers * chosen.cells)
        result[phase]["all_votes_counted"] = round(min(found["votes"], default=float("nan")) - asked, 3)
        if stranger:
            result[phase]["flood"] = told(stranger)
        shell.run_cell("%share off")
        print(phase, result[phase], flush=True)
    machine = {
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
    whole = {"browsers": chosen.browsers, "cells": chosen.cells, "machine": machine, "seconds": result}
    RESULT.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-browsers"]:
        asyncio.run(browsers(int(sys.argv[2]), int(sys.argv[3])))
    elif sys.argv[1:2] == ["--as-flood"]:
        asyncio.run(flood(int(sys.argv[2]), sys.argv[3]))
    else:
        main()
