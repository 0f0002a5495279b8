"""What an instructor should look at after publishing, in words."""

from records import ALICE

from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.redact import Redactor


def test_it_says_how_often_what_was_taken_out_and_where():
    redactor = Redactor([ALICE])
    redactor.learn(["password = 'hunter22'"])
    redactor.text("password = 'hunter22'", code=True, where="2.7")
    redactor.text("/home/alice/x /home/alice/y", where="2.8")
    lines = PublishReport(removed=redactor.found, problems=["a line is torn"]).lines()
    assert lines == [
        "Taken out: password or key: 1 time (in 2.7)",
        "Taken out: path: 2 times (in 2.8)",
        "Look: a line is torn",
    ]
    assert "hunter22" not in str(lines)


def test_of_many_cells_the_first_are_named():
    redactor = Redactor([ALICE])
    for number in range(1, 11):
        redactor.text("/home/alice/x", where=f"2.{number}")
    assert PublishReport(removed=redactor.found).lines() == [
        "Taken out: path: 10 times (in 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, and 2 more)"
    ]


def test_nothing_taken_out_is_said_too():
    assert PublishReport().lines() == ["Taken out: nothing looked like a secret or a path."]


def test_a_long_text_loses_its_middle_and_it_is_said():
    report = PublishReport()
    assert report.short("short", 20, "the code") == "short"
    shortened = report.short("a" * 50 + "z" * 50, 20, "the output of 2.7")
    assert shortened.startswith("aaa") and shortened.endswith("zzz") and "82 characters left out" in shortened
    assert report.shortened == ["the output of 2.7: 82 of 100 characters left out"]
