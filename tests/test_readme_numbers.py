"""The numbers in the README are those that the benchmarks have recorded."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def recorded(benchmark: str) -> dict:
    return json.loads((ROOT / "benchmarks" / f"{benchmark}.json").read_text(encoding="utf-8"))


def test_the_times_of_grading_are_those_of_the_benchmark():
    rows = re.findall(r"^\| .+ \| (\d+) \| ([\d.]+) \| .+ \|$", README, re.MULTILINE)
    shown = [(float(seconds), float(ratio)) for seconds, ratio in rows]
    found = recorded("grading")
    assert found["students"] == 1 and found["rounds"] == 3 and found["exercises"] == 29
    assert list(found["tools"]) == [
        "ours, warm",
        "ours, cold",
        "nbgrader autograde",
        "otter run",
    ]  # the rows of the table
    assert shown == [
        (round(tool["a submission"]), tool["times as long as ours, warm"]) for tool in found["tools"].values()
    ]


def test_the_time_of_judging_is_that_of_the_benchmark():
    words = r"([\d,]+) results are judged from what was kept in (\d+) seconds on two cores"
    (count, seconds) = re.search(words, README).groups()
    found = recorded("judging")
    assert (int(count.replace(",", "")), int(seconds)) == (found["results"], round(found["seconds"]))
    assert found["processes"] == 2 and found["kernels started"] == 0


def test_what_a_class_takes_is_what_the_benchmark_has_recorded():
    words = r"class of (\d+) with .+, all (\d+) exercises, takes (\d+) minutes on two cores and ([\d.]+) GB of memory"
    students, exercises, minutes, memory = map(float, re.search(words, README).groups())
    found = recorded("load")
    assert (students, exercises) == (found["students"], found["exercises"])
    assert minutes == round(found["seconds"] / 60) and memory == found["most memory of all processes, GB"]
    assert found["jobs"] == 2 and not found["problems"]


def test_the_last_third_of_a_class_costs_what_the_middle_does():
    assert "the last hundred students cost what the hundred before them do" in README
    found = recorded("load")
    middle, last = (found["parts"][part]["seconds a submission"] for part in ("middle", "last"))
    assert found["students"] == 300 and abs(last - middle) < 0.1 * middle
