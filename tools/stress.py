"""The tests at their full length: what `make test` runs a part of. Ends with one table: what was tried, how much, failures, minutes.

    python tools/stress.py [--only hostile,fuzz] [--workers 2] [--out benchmarks/stress.json]   # load.json beside it

Each part is one run of pytest, with its own variables; the counts are pytest's. Exit code 1 when anything failed or nothing ran. Parts
that the file has of another day stay in it, each with its commit: all of them take longer than one has a machine for.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from resnet_live.experiments.record import commit, write_json

ROOT = Path(__file__).resolve().parents[1]
WHOLE = {"RESNET_LIVE_STRESS": "1"}
GRADING = "tests/grading/"


@dataclass(frozen=True)
class Part:
    """One part: what it tries, the tests, their variables; `hours`: at most, of one test."""

    what: str
    tests: tuple[str, ...]
    variables: dict[str, str]
    hours: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """What became of a part. `words`: of the first failure; `commit`: as `experiments.record` has it."""

    part: str
    what: str
    tests: int
    failures: int
    skipped: int
    minutes: float
    words: str
    date: str
    commit: str


def parts(seeds: int, keep: Path | None = None) -> dict[str, Part]:
    """All parts by name, the quick ones first. `keep`: the folder in which measured figures stay (load.json)."""
    of_seeds = {"RESNET_LIVE_SEEDS": str(seeds)}
    figures = {"RESNET_LIVE_LOAD": str(keep / "load.json")} if keep else {}
    corpus = (
        "test_sandbox.py",
        "test_hostile.py",
        "test_warm_runs.py",
        "test_nbmake_alone.py",
        "in_kernel/test_guard.py",
    )
    hostile = tuple(f"{GRADING}{file}" for file in corpus)
    return {
        "hostile": Part(
            "hostile scripts and cheats, each with its control, in every sandbox that this machine has", hostile, WHOLE
        ),
        "strange": Part("strange files and other systems' saves", (f"{GRADING}test_strange.py",), WHOLE),
        "fuzz": Part("notebooks spoilt at random: 1,000 read, 1,000 run", (f"{GRADING}test_fuzz.py",), WHOLE),
        "kill": Part("200 runs killed, and gone on with", (f"{GRADING}test_killed.py",), WHOLE),
        "ray": Part("two machines of Ray's, one killed", (f"{GRADING}test_ray.py",), WHOLE),
        "warm": Part("answers and cheats, forked and fresh", (f"{GRADING}test_warm_is_cold.py",), WHOLE, 4),
        "load": Part("a class of 300, all exercises", (f"{GRADING}test_load.py",), WHOLE | figures, 6),
        "mutants": Part("slips and rewrites", ("tests/exercise/mutants",), {"RESNET_LIVE_MUTANTS": "1"}, 2),
        "answers": Part(f"every known answer on {seeds} seeds", ("tests/exercise/known_answers",), of_seeds),
        "verdicts": Part(
            "every known answer in several spellings, in its notebook and graded",
            (f"{GRADING}test_same_verdict.py",),
            of_seeds,
        ),
    }


def main(arguments: list[str]) -> int:
    """Parse the command line, run, show; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="these parts, with commas between them; all without it")
    parser.add_argument("--workers", default="auto", help="tests side by side, as many as there are cores")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--out", type=Path, help="write the table here too, as JSON, and measured figures beside it")
    options = parser.parse_args(arguments)
    known = parts(options.seeds, options.out.resolve().parent if options.out else None)
    names = [one for one in options.only.split(",") if one] or list(known)
    if unknown := [one for one in names if one not in known]:
        parser.error(f"there is no part {', '.join(unknown)}. There are {', '.join(known)}")
    found = []
    for name in names:
        print(f"{name}: {known[name].what}", flush=True)
        found.append(outcome(name, known[name], options.workers))
        if options.out:  # after each: an hour's work is not lost with the next
            write(options.out, found[-1], list(known))
    print(table(found))
    return 1 if any(one.failures or one.tests == one.skipped for one in found) else 0


def outcome(
    name: str, part: Part, workers: str, run: Callable[..., "subprocess.CompletedProcess[bytes]"] = subprocess.run
) -> Outcome:
    """Run a part."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--maxprocesses=4", "--dist", "loadgroup"]
        # no test is a notebook: nbmake would only cost its imports
        command += ["-p", "no:nbmake", "--timeout", str(round(3600 * part.hours))]
        command += [f"--junit-xml={report}", *part.tests]
        began = time.monotonic()
        code = run(command, cwd=ROOT, env=os.environ | part.variables).returncode
        minutes = round((time.monotonic() - began) / 60, 1)
        counts = counted(report) if report.exists() else (0, 0, 0, f"pytest ended with {code} and no report")
    tests, failures, skipped, words = counts
    # 5: no test was found; anything else but 0 and 1 is pytest's own failure
    failures = failures or int(code not in (0, 1))
    today = datetime.now(UTC).date().isoformat()
    return Outcome(name, part.what, tests, failures, skipped, minutes, words, today, commit())


def write(file: Path, found: Outcome, order: list[str]) -> None:
    """Put a part in place of what the file has of it. `order`: of the parts. Raises ValueError for a file of something else."""
    parts = {one["part"]: one for one in json.loads(file.read_text(encoding="utf-8"))["parts"]} if file.exists() else {}
    parts[found.part] = asdict(found)
    kept = [parts[name] for name in order if name in parts]
    write_json(file, {"parts": kept})


def counted(report: Path) -> tuple[int, int, int, str]:
    """(tests, failures and errors, skipped, words of the first failure) of a JUnit file."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    bad = [(case, one) for case in cases for one in case if one.tag in ("failure", "error")]
    words = f"{bad[0][0].get('name')}: {bad[0][1].get('message', '')[:200]}" if bad else ""
    return len(cases), len({case for case, _ in bad}), sum(any(one.tag == "skipped" for one in c) for c in cases), words


def table(found: list[Outcome]) -> str:
    """As Markdown, for a note."""
    lines = ["", "| part | what | tests | failures | skipped | minutes |", "|---|---|---:|---:|---:|---:|"]
    for one in found:
        lines.append(f"| {one.part} | {one.what} | {one.tests} | {one.failures} | {one.skipped} | {one.minutes:.1f} |")
    total = [sum(getattr(one, name) for one in found) for name in ("tests", "failures", "skipped", "minutes")]
    lines.append(f"| all | | {total[0]} | {total[1]} | {total[2]} | {total[3]:.1f} |")
    return "\n".join([*lines, *(f"\n{one.part}: {one.words}" for one in found if one.words)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
