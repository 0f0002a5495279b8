"""Share a class out among jobs that grade side by side. Standard library only.

    python tools/ci/shards.py plan SUBMISSIONS [--shards 4]          lines for a job's outputs: shards and seed
    python tools/ci/shards.py take SUBMISSIONS OUT --shard 2/4       copy the students of one shard into OUT

Each folder of a class is a student. A folder of notebooks is one student, and not shared out.
"""

import argparse
import json
import secrets
import shutil
import sys
from pathlib import Path

LEFT_OUT = {"__pycache__", "__MACOSX", "node_modules", "_build"}


def main(arguments: list[str]) -> int:
    """Exit code 1 with one line when the folder is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["plan", "take"])
    parser.add_argument("submissions", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--shard", default="1/1")
    options = parser.parse_args(arguments)
    if not options.submissions.is_dir():
        print(f"There is no folder {options.submissions} of submissions.", file=sys.stderr)
        return 1
    if options.what == "plan":
        count = max(1, min(options.shards, len(students(options.submissions))))
        print(f"shards={json.dumps([f'{number}/{count}' for number in range(1, count + 1)])}")
        print(f"seed={secrets.randbelow(2**31)}")
        return 0
    number, count = (int(part) for part in options.shard.split("/"))
    take(options.submissions, options.out, number, count)
    return 0


def students(submissions: Path) -> list[Path]:
    """The folders with notebooks, in order; none when the notebooks of one student lie in `submissions` itself."""
    return [folder for folder in folders(submissions) if any(folder.rglob("*.ipynb"))]


def folders(submissions: Path) -> list[Path]:
    return sorted(p for p in submissions.iterdir() if p.is_dir() and p.name[0] != "." and p.name not in LEFT_OUT)


def take(submissions: Path, out: Path, number: int, count: int) -> None:
    """Copy every `count`-th student, from the `number`-th on. Who handed in nothing comes last: no shard is without a notebook."""
    there = students(submissions)
    dealt = [*there, *(folder for folder in folders(submissions) if folder not in there)]
    out.mkdir(parents=True)
    for folder in dealt[number - 1 :: count]:
        # a link stays a link: what it leads to is not the student's
        shutil.copytree(folder, out / folder.name, symlinks=True)
    if number == 1:
        for file in submissions.glob("*.ipynb"):  # nobody's: the grader names them
            shutil.copy(file, out, follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
