"""One command for all that runs at full length: what it counts, and when it fails."""

import json
import subprocess

import pytest
import stress

REPORT = """<testsuites><testsuite>
<testcase name="one"/>
<testcase name="two"><failure message="it was not right">…</failure></testcase>
<testcase name="three"><skipped message="not here"/></testcase>
<testcase name="four"><error message="first"/><failure message="second"/></testcase>
</testsuite></testsuites>"""


def run_with(report, code, seen=None):
    def run(command, cwd, env):
        if seen is not None:
            seen.update(command=command, env=env)
        (file,) = [one.split("=", 1)[1] for one in command if one.startswith("--junit-xml=")]
        if report:
            with open(file, "w") as opened:
                opened.write(report)
        return subprocess.CompletedProcess(command, code)

    return run


def test_a_part_is_counted_and_told():
    seen = {}
    found = stress.outcome("fuzz", stress.parts(50)["fuzz"], "2", run_with(REPORT, 1, seen))
    assert (found.tests, found.failures, found.skipped) == (4, 2, 1)
    assert seen["env"]["RESNET_LIVE_STRESS"] == "1"
    assert "no:nbmake" in seen["command"]
    assert "| fuzz | notebooks spoilt at random: 1,000 read, 1,000 run | 4 | 2 | 1 |" in stress.table([found])
    assert "two: it was not right" in stress.table([found])


@pytest.mark.parametrize(("report", "code"), [("", 3), ("<testsuites/>", 5), (REPORT, 1)])
def test_what_did_not_run_has_not_passed(report, code, monkeypatch):
    monkeypatch.setattr(stress, "outcome", lambda *given: OUTCOME(*given, run=run_with(report, code)))
    assert stress.main(["--only", "kill"]) == 1


OUTCOME = stress.outcome


def test_a_part_that_passed_ends_well_and_an_unknown_one_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(
        stress,
        "outcome",
        lambda *given: OUTCOME(
            *given, run=run_with(REPORT.split('<testcase name="two')[0] + "</testsuite></testsuites>", 0)
        ),
    )
    assert stress.main(["--only", "kill,hostile", "--out", str(tmp_path / "stress.json")]) == 0
    assert (tmp_path / "stress.json").read_text().count('"failures": 0') == 2
    # another day's parts stay
    assert stress.main(["--only", "kill,fuzz", "--out", str(tmp_path / "stress.json")]) == 0
    parts = json.loads((tmp_path / "stress.json").read_text())["parts"]
    assert [(one["part"], one["failures"]) for one in parts] == [("hostile", 0), ("fuzz", 0), ("kill", 0)]
    assert all(one["commit"] and one["date"] for one in parts)
    with pytest.raises(SystemExit):
        stress.main(["--only", "nothing"])
    assert "there is no part nothing" in capsys.readouterr().err


def test_measured_figures_stay_beside_the_table(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(stress, "outcome", lambda *given: OUTCOME(*given, run=run_with(REPORT, 1, seen)))
    monkeypatch.delenv("RESNET_LIVE_LOAD", raising=False)
    stress.main(["--only", "load", "--out", str(tmp_path / "stress.json")])
    assert seen["env"]["RESNET_LIVE_LOAD"] == str(tmp_path / "load.json")
    stress.main(["--only", "load"])
    assert "RESNET_LIVE_LOAD" not in seen["env"]


def test_every_test_of_a_part_is_there():
    for part in stress.parts(50).values():
        for path in part.tests:
            assert (stress.ROOT / path).exists(), path
