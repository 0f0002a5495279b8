"""A claim: silent when it is true; when it is false it stops the build, and tells a reader."""

import numpy as np
import pytest
import torch

from resnet_live import page
from resnet_live.page.claim import FalseClaim
from resnet_live.questions import QuestionError


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setenv("RESNET_LIVE_CLAIMS", "strict")


@pytest.fixture
def at_a_reader_s(monkeypatch):
    monkeypatch.delenv("RESNET_LIVE_CLAIMS", raising=False)


def test_a_true_claim_shows_nothing(strict):
    assert page.claim("larger is better", 0.7 > 0.6, small=0.6, large=0.7) is None


def test_a_false_claim_stops_the_build_with_sentence_and_numbers(strict):
    with pytest.raises(
        FalseClaim, match=r"“larger is better” is not true of these results: small = 0\.6123, nets = 2\."
    ):
        page.claim("larger is better", False, small=0.612345, nets=2)


def test_a_false_claim_without_numbers(strict):
    with pytest.raises(FalseClaim, match=r"of these results\.$"):
        page.claim("larger is better", [])


def test_a_reader_is_told_and_the_notebook_goes_on(at_a_reader_s, capsys):
    page.claim("larger is better", False, small=0.5)
    assert "This page says: “larger is better” is not true of these results: small = 0.5." in capsys.readouterr().out


def test_a_condition_may_be_a_tensor_or_a_numpy_value(strict):
    assert page.claim("equal", torch.tensor(True)) is None
    with pytest.raises(FalseClaim):
        page.claim("equal", np.bool_(False))


def test_the_right_answer_of_a_question_is_checked(strict):
    page.claim_answer("2.5", True)
    with pytest.raises(
        FalseClaim, match=r"“2\.5: A 3×3 convolution .* 126” is not true of these results: height = 127"
    ):
        page.claim_answer("2.5", False, height=127)
    with pytest.raises(QuestionError):
        page.claim_answer("2.6", True)


def test_the_message_of_an_error():
    assert page.error_of(int, "x") == "invalid literal for int() with base 10: 'x'"
    assert page.error_of(int, "3") == ""
