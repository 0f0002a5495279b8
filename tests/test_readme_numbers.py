"""The numbers in the README are those that the benchmarks have recorded."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def recorded(benchmark: str) -> dict:
    return json.loads((ROOT / "benchmarks" / f"{benchmark}.json").read_text(encoding="utf-8"))


def test_the_times_of_grading_are_those_of_the_benchmark():
    shown = [float(seconds) for seconds in re.findall(r"^\| .+ \| (\d+) \| .+ \|$", README, re.MULTILINE)]
    found = recorded("grading")
    assert found["students"] == 1 and found["rounds"] == 3 and found["exercises"] == 29
    assert list(found["tools"]) == [
        "ours, warm",
        "ours, cold",
        "nbgrader autograde",
        "otter run",
    ]  # the rows of the table
    assert shown == [round(tool["a submission"]) for tool in found["tools"].values()]


def test_the_time_of_judging_is_that_of_the_benchmark():
    words = r"([\d,]+) results are judged from what was kept in (\d+) seconds on two cores"
    (count, seconds) = re.search(words, README).groups()
    found = recorded("judging")
    assert (int(count.replace(",", "")), int(seconds)) == (found["results"], round(found["seconds"]))
    assert found["processes"] == 2 and found["kernels started"] == 0
