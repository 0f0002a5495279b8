"""Outcomes are found out by one process in the background, step by step, and kept; its failures are told and tried again."""

import subprocess
import sys
import threading
import time

import psutil
import pytest
from made_up import step

from resnet_live.live.chapter import read_chapter
from resnet_live.live.check import expected_outcomes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def chapter(book):
    return lambda *cells: read_chapter(book(step("2.0", "import random", kind="setup"), *cells))


def test_outcomes_step_by_step(chapter):
    made = chapter(
        step("2.1", "total = 2 + 2\ntotal"),
        step("2.2", "luck = random.random()\nprint('luck', luck)\nprint('of', 1)"),
        step("2.3", "missing", kind="mistake", raises=True),
        step("2.4", "total += 1", kind="fix"),
        step("2.5", "total, luck"),
    )
    known = expected_outcomes.outcomes(made, patience=60)
    assert list(known) == ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"]
    assert known["2.1"]["result"] == {"kind": "int", "value": 4}
    assert known["2.1"]["names"] == {"total": {"kind": "int", "value": 4}}
    assert known["2.2"]["names"] == {"luck": {"kind": "float"}}
    assert known["2.2"]["printed"] == [["1"]]
    assert (known["2.3"]["error"], known["2.3"]["message"]) == ("NameError", "name 'missing' is not defined")
    assert known["2.4"]["names"] == {"total": {"kind": "int", "value": 5}}
    assert known["2.5"]["result"]["items"][0] == {"kind": "int", "value": 5}


def test_measured_time_is_not_expected_of_anybody(chapter):
    made = chapter(
        step("2.1", "import time\nfrom timeit import repeat"),
        step("2.2", "def milliseconds(run):\n    return round(0 * min(repeat(run, number=1)), 1) + 10.0"),
        step("2.3", "table = {'fast': milliseconds(int)}\ntable"),
        step("2.4", "table['fast']"),
        step("2.5", "1.5"),
    )
    known = expected_outcomes.outcomes(made, patience=60)
    assert known["2.3"]["chancy"] and known["2.4"]["result"] == {"kind": "float"}
    assert known["2.5"]["result"] == {"kind": "float", "value": 1.5}


def test_a_change_inside_an_object_is_an_outcome_too(chapter):
    made = chapter(step("2.1", "kept = []"), step("2.2", "kept.append(1)"), step("2.3", "kept"))
    known = expected_outcomes.outcomes(made, patience=60)
    assert known["2.1"]["names"]["kept"]["length"] == 0
    assert known["2.2"]["names"]["kept"]["length"] == 1


def test_an_early_step_is_known_while_a_late_one_runs(chapter):
    made = chapter(step("2.1", "1 + 1"), step("2.2", "import time; time.sleep(5)"))
    assert expected_outcomes.expected_outcome(made, "2.1", patience=60)["result"] == {"kind": "int", "value": 2}
    assert "2.2" not in expected_outcomes.known(made).outcomes
    with pytest.raises(expected_outcomes.NotReady, match="still being worked out"):
        expected_outcomes.expected_outcome(made, "2.2", patience=0.2)


ASK = (
    "import sys; from resnet_live.live.check import expected_outcomes; from resnet_live.live.chapter import find_chapter;"
    "print(len(expected_outcomes.outcomes(find_chapter(2), 60)))"
)


def traced(tmp_path):
    """Code of a step that leaves a letter each time it is run."""
    return f"import pathlib\nwith open({str(tmp_path / 'ran')!r}, 'a') as out: _ = out.write('x')"


def test_what_is_known_is_not_found_out_again(chapter, tmp_path):
    made = chapter(step("2.1", traced(tmp_path)))
    expected_outcomes.outcomes(made, patience=60)
    file = expected_outcomes.outcomes_file(made)
    before = file.stat().st_mtime_ns
    expected_outcomes.prepare(made)
    again = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)  # another kernel
    assert again.stdout.strip() == "2"
    assert (tmp_path / "ran").read_text() == "xx"  # two runs side by side, in one process
    assert file.stat().st_mtime_ns == before


def test_another_chapter_text_or_other_images_have_other_outcomes(chapter, monkeypatch):
    first = expected_outcomes.outcomes_file(chapter(step("2.1", "1 + 1")))
    second = expected_outcomes.outcomes_file(chapter(step("2.1", "1 + 2")))
    monkeypatch.setenv("RESNET_LIVE_DATA", "elsewhere")
    third = expected_outcomes.outcomes_file(chapter(step("2.1", "1 + 2")))
    assert len({first, second, third}) == 3


def test_two_kernels_that_ask_share_one_process(chapter, tmp_path):
    made = chapter(step("2.1", traced(tmp_path)))
    both = [subprocess.Popen([sys.executable, "-c", ASK], stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == [b"2", b"2"]
    assert (tmp_path / "ran").read_text() == "xx"  # two runs side by side, in one process
    assert expected_outcomes.known(made).done


def test_a_crash_is_told_once_and_tried_again(chapter, tmp_path):
    flag = tmp_path / "crashed"
    crash = f"import os, pathlib\nif not pathlib.Path({str(flag)!r}).exists():\n    open({str(flag)!r}, 'w').close(); os._exit(9)"
    made = chapter(step("2.1", crash))
    with pytest.raises(expected_outcomes.NotReady, match="could not be worked out.*was stopped"):
        expected_outcomes.expected_outcome(made, "2.1", patience=60)
    assert expected_outcomes.expected_outcome(made, "2.1", patience=60)["error"] is None


def test_an_unplanned_error_is_an_outcome_and_the_rest_goes_on(chapter):
    known = expected_outcomes.outcomes(chapter(step("2.1", "nothing"), step("2.2", "3")), patience=60)
    assert known["2.1"]["error"] == "NameError"
    assert known["2.2"]["result"] == {"kind": "int", "value": 3}


def test_no_zombie_is_left(chapter):
    made = chapter(step("2.1", "1"))
    before = set(psutil.Process().children())
    expected_outcomes.outcomes(made, patience=60)
    until = time.monotonic() + 20
    while (left := set(psutil.Process().children()) - before) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == set()


def test_a_cache_that_cannot_be_written_is_no_traceback(chapter, monkeypatch, tmp_path):
    (tmp_path / "in the way").touch()
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "in the way"))
    made = chapter(step("2.1", "1"))
    expected_outcomes.prepare(made)
    with pytest.raises(expected_outcomes.NotReady, match="in the way"):
        expected_outcomes.expected_outcome(made, "2.1", patience=1)


def test_asking_from_a_thread_works(chapter):
    made, found = chapter(step("2.1", "5")), []
    thread = threading.Thread(target=lambda: found.append(expected_outcomes.expected_outcome(made, "2.1", 60)))
    thread.start()
    thread.join()
    assert found[0]["result"]["value"] == 5
