"""No result is typed by hand: the check finds planted ones, leaves the facts of the course alone, and the book passes."""

import sys
from pathlib import Path

import check_prose
import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]

PAGES = check_prose.texts(ROOT / "book")

PLANTED = [
    "After five epochs it reaches 64.0 % of the validation images.",
    "The net gets 64% right.",
    "It is right in sixty-five per cent of the cases.",
    "That is an accuracy of 0.64.",
    "The accuracy after 5 epochs is 0.641 here.",
    "The training loss of the plain net ends at 2.07.",
    "loss: 1.28",
    "We saw 0.98 training loss.",
    "It takes about 50 s an epoch.",
    "An epoch takes 13 seconds, four times as many with 56 layers.",
    "It needs forty seconds.",
    "This is 2.3 times faster.",
    "It is twice the size and three times as slow.",
    "It has 272,474 parameters.",
    "ResNet-18 has 11.7 million parameters.",
    "The net needs 1.8 G multiply-adds.",
    "The run used 1.05 GB.",
    "It was 64.0 ± 0.3 on three seeds.",
    "About two thirds right, from one lesson.",
    "It gets half of the validation images.",
    "On average 1.5 percentage points better.",
    "- one\n- two: 81.3 %\n- three",
    "| net | accuracy |\n|---|---|\n| plain | 56.6 % |",
    ":::{dropdown} Is it good?\nIt is right in 64 % of the cases.\n:::",
    "It cost 12 %,\nand that was that.",
    "| net | accuracy |\n|:--|---|\n| plain | **0.566** |",
    "| net | layers | seconds an epoch |\n|---|---|---|\n| plain | 20 | 13 |",
    "It gets 2,512 of the 3,925 images right.",
    "The deeper one is 1.5 points better.",
    "An epoch took 00:22 on this machine.",
]

FACTS = [
    "Imagenette has 9,469 training and 3,925 validation images.",
    "Take 3e-3 as the learning rate, and 5 epochs at 128 px.",
    "The features are 256×4×4, and 1,024 pixels give 256×32×32.",
    "A 3×3 convolution takes 128 to 126, not 127.",
    "γ starts at 0 and β at 0.001; momentum goes from 0.95 to 0.85.",
    "A guesser is right in 10 % of the cases.",
    "ResNet-34 has 3, 4, 6, 3 blocks, on 224×224 images.",
    "Label smoothing of 0.1 takes that share from the right class. The loss has a floor then.",
    "2^7 = 128, so seven halvings; 512 needs nine.",
    "Nearly $\\ln 10$: the loss of a model that knows nothing.",
    "**Running time:** about two minutes on two CPU cores.",
    "On ImageNet plain-34 makes 28.54 % errors {cite}`he2015resnet`.",
    "{cite:t}`smith2018superconvergence` needs a tenth of the epochs, and 90 % of us believe it.",
    "<!-- not a result: arithmetic -->\n\nA network of 56 layers has 2.8 times the layers of 20, or 180 % more.",
    "A hundred per cent is the most. <!-- not a result: a definition -->",
    "Chapters 4 to 9, exercises 8.1–8.3, section 3.2, PyTorch 2.14, Python 3.11.",
    "```python\nprint('64.0 %')\n```",
    "Two small ones and ten large ones, hundreds of them.",
    "| net | blocks | where |\n|---|---|---|\n| ResNet-34 | 3, 4, 6, 3 | 7 × 7 |",
    "An exercise gives 6 points.",
    "Take `x[:, 10:20]` and `x[10:20]`.",
    "See https://example.org/64%25/50s for more.",
    "The error says: mat1 and mat2 shapes cannot be multiplied (1x4096 and 256x10).",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_result_is_found(text):
    assert check_prose.in_markdown(f"Some words before.\n\n{text}\n\nSome words after.")


@pytest.mark.parametrize("text", FACTS)
def test_facts_of_the_course_raise_no_alarm(text):
    assert check_prose.in_markdown(f"Some words before.\n\n{text}\n\nSome words after.") == []


@given(st.floats(0, 100), st.sampled_from(["%", " %", "\u202f%", " per cent"]), st.integers(0, 3))
def test_any_percentage_is_found(value, unit, digits):
    assert check_prose.in_markdown(f"The deeper net gets {value:.{digits}f}{unit} of them.")


def test_a_mark_needs_a_reason_and_holds_for_its_paragraph_only():
    assert check_prose.in_markdown("It gets 64 %. <!-- not a result: -->")
    assert check_prose.in_markdown("<!-- not a result: a reason -->\n\nIt gets 64 %.\n\nAnd then 65 %.") != []
    assert len(check_prose.in_markdown("<!-- not a result: a reason -->\n\nIt gets 64 %.\n\nAnd then 65 %.")) == 1


def test_a_citation_holds_for_its_paragraph_only():
    text = "They got 25.03 % {cite}`he2015resnet`.\n\nWe got 24 %."
    ((kind, words),) = check_prose.in_markdown(text)
    assert kind == "a percentage"
    assert "24 %" in words


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('print(f"this page: {accuracy:.1%} after {epochs} epochs")', 0),
        ('print(f"this page: 64.0 % after {epochs} epochs")', 1),
        ('tell("How good will it be?", {"About 64 % of them": "Yes, that is it."})', 1),
        ('show(fig, "The curves rise and end at 64 % after five epochs.")', 1),
        ('# not a result: what a guesser thinks\nshow(fig, "Nobody gets 100 % of them right.")', 0),
        ('show(fig, "Nobody gets 100 % of them right.")  # not a result: what a guesser thinks', 0),
        ('ax.set(title="A title", xlabel="test size (px)", ylabel="validation accuracy (%)")', 0),
        ("x = 0.64  # percent of 100 %", 0),
        ("%matplotlib inline\nx = 1", 0),
        ("def broken(:", 0),
    ],
)
def test_words_in_code_count_and_computed_ones_do_not(code, found):
    assert len(check_prose.in_code(code)) == found


def test_the_note_for_the_instructor_counts_but_may_give_minutes():
    cell = nbformat.v4.new_code_cell("1 + 1", metadata={"resnet_live": {"note": "Say that 64 % is good."}})
    assert len(check_prose.in_cell(cell)) == 1
    cell.metadata["resnet_live"]["note"] = "Give them two minutes, then 30 s more."
    assert check_prose.in_cell(cell) == []


def test_the_message_names_page_and_cell_and_the_exit_code_tells(tmp_path, monkeypatch, capsys):
    cells = [nbformat.v4.new_markdown_cell("Fine."), nbformat.v4.new_markdown_cell("It gets 64.0 %.")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "01_planted.ipynb")
    (tmp_path / "page.md").write_text("It takes 50 s an epoch.\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["check_prose.py", str(tmp_path)])
    assert check_prose.main() == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("01_planted.ipynb, cell 2: “…It gets 64.0 %.…” looks like a percentage")
    assert second.startswith("page.md: “…It takes 50 s an epoch.…” looks like a time")


def test_there_are_pages_to_read():
    assert len([page for page in PAGES if page.suffix == ".ipynb"]) >= 3
    assert len([page for page in PAGES if page.suffix == ".md"]) >= 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_result_is_typed_by_hand(page):
    assert check_prose.check(page) == []


def test_a_file_of_questions_counts_apart_from_choices_and_from_what_is_sure(tmp_path):
    file = tmp_path / "ch02.toml"
    question = '["2.{n}"]\nask = "Which?"\n{sure}[["2.{n}".choices]]\ntext = "It is 64 % right"\nwhy = "The accuracy is 0.64."\n'
    file.write_text(
        question.format(n=1, sure="") + question.format(n=2, sure='sure = "arithmetic"\n'), encoding="utf-8"
    )
    (problem,) = check_prose.check(file)
    assert problem.startswith("ch02.toml, 2.1:")
