"""Join the grades of several shards into one folder. Standard library only.

python tools/ci/merge_grades.py OUT SHARD...        (each a folder that `resnet-live grade --out` wrote)
"""

import csv
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import job_summary

# of a gradebook's tables, all but the numbers of the rows
COLUMNS = {
    "attempts": "student, submission, first_seen, last_run",
    "grades": "student, exercise, submission, basis, round, supersedes, points, made, why, grade",
}


class NoMerge(Exception):
    """The shards are not parts of one run; the message says why."""


def main(arguments: list[str]) -> int:
    """Merge, say so on the job's summary; exit code 1 with one line when it cannot be done."""
    out, shards = Path(arguments[0]), [Path(one) for one in arguments[1:]]
    try:
        tree = merge(out, shards)
    except NoMerge as error:
        print(error, file=sys.stderr)
        return 1
    students = len({result["student"] for result in tree["results"]})
    line = f"Whole class: {students} students, graded in {len(shards)} jobs on {tree['device']}."
    print(line)
    job_summary.add(line)
    return 0


def merge(out: Path, shards: list[Path]) -> dict:
    """Write results.json, gradebook.db, gradebook.csv, junit.xml, summary.md and feedback/ of all shards into `out`; returns the
    results."""
    if missing := [str(shard) for shard in shards if not (shard / "results.json").is_file()]:
        raise NoMerge(f"No grades in {', '.join(missing)}: that job failed. Run it again.")
    trees = [json.loads((shard / "results.json").read_text(encoding="utf-8")) for shard in shards]
    for name in ("seed", "resnet_live", "torch"):
        if len(found := {str(tree[name]) for tree in trees}) > 1:
            raise NoMerge(f"The jobs were not alike: {name} is {' and '.join(sorted(found))}.")
    whole = dict(trees[0])
    whole["device"] = " and ".join(sorted({tree["device"] for tree in trees}))
    for name in ("points", "max_points"):
        whole[name] = sum(tree[name] for tree in trees)
    whole["warnings"] = [warning for tree in trees for warning in tree["warnings"]]
    results = [result for tree in trees for result in tree["results"]]
    whole["results"] = sorted(results, key=lambda result: result["student"])  # each student's stay in their order
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _gradebooks(out, shards)
    _tables(out, shards)
    _suites(out, shards)
    summaries = [shard / "summary.md" for shard in shards if (shard / "summary.md").is_file()]
    (out / "summary.md").write_text("\n".join(file.read_text(encoding="utf-8") for file in summaries), encoding="utf-8")
    for shard in shards:
        shutil.copytree(shard / "feedback", out / "feedback", dirs_exist_ok=True)
    return whole


def _gradebooks(out: Path, shards: list[Path]) -> None:
    """The gradebook that `resnet-live gradebook` opens. Each shard graded other students, once: no row meets another."""
    books = [shard / "gradebook.db" for shard in shards]
    if not all(book.is_file() for book in books):
        return
    with closing(sqlite3.connect(out / "gradebook.db", isolation_level=None)) as base:
        with closing(sqlite3.connect(books[0])) as first:
            first.backup(base)
        for book in books[1:]:
            base.execute("ATTACH ? AS other", (str(book),))
            for table, columns in COLUMNS.items():
                base.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM other.{table} ORDER BY id")
            # whose names end in which platform's number
            facts = [
                base.execute(f"SELECT value FROM {where}.facts WHERE name = 'numbered'") for where in ("main", "other")
            ]
            numbered = dict(pair for rows in facts for (value,) in rows for pair in json.loads(value).items())
            base.execute("INSERT OR REPLACE INTO main.facts VALUES ('numbered', ?)", (json.dumps(numbered),))
            base.execute("DETACH other")


def _tables(out: Path, shards: list[Path]) -> None:
    rows: list[list[str]] = []
    head: list[str] = []
    for shard in shards:
        with (shard / "gradebook.csv").open(encoding="utf-8", newline="") as file:
            head, *more = list(csv.reader(file))
            rows += more
    with (out / "gradebook.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *sorted(rows, key=lambda row: row[0])])


def _suites(out: Path, shards: list[Path]) -> None:
    root = ElementTree.Element("testsuites", name="resnet-live")
    for shard in shards:
        root.extend(ElementTree.parse(shard / "junit.xml").getroot())
    ElementTree.ElementTree(root).write(out / "junit.xml", encoding="utf-8", xml_declaration=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
