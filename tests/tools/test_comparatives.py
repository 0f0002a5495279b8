"""Comparisons near results: planted ones are found, the rest is left alone; claims, citations, reviewed sentences count."""

from pathlib import Path

import comparatives
import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = [file for file in sorted(BOOK.glob("*.ipynb")) if comparatives.is_chapter(file)]

COMPARE = [
    "A size somewhat above 128 helps.",
    "Here depth pays.",
    "The residual net beats the plain one.",
    "The deeper net ends below the shallow one.",
    "Blocks that change the shape carry more.",
    "The training loss of the plain net is higher at the end.",
    "With skips the order of the depths turns round, and 56 layers are ahead.",
    "Without smoothing it comes out half a point worse.",
    "It learns twice as fast.",
    "The first block is missed most.",
    "After the third epoch the validation accuracy hardly moves.",
    "Larger batches make no difference.",
    "The accuracy falls on both sides.",
    "The loss at the end rises again, in every run.",
    "Both nets are equally good, and one needs fewer images.",
    "This worked far better than the run before.",
    "The curve is smoother, and the gap is narrower than with two seeds.",
    "Dropout costs nothing here and gains a point.",
    "Its time increases with the square of the side.",
    "The second one is just as good.",
    "Nearly as many images are right.",
    "It gets steadily *worse* from there.",
    "**More** detail is what it needs.",
    "The cheapest of the four wins.",
    "It outperforms both.",
    "The gap stays far from zero.",
]

DO_NOT = [
    "Look at the figure above.",
    "The network of the curves above has batch norm.",
    "The line below says on which images.",
    "Run the cell once more.",
    "Is the deeper one better?",
    "Take the batch, clear the gradients, and go on.",
    "At least two seeds are needed.",
    "There is one more way out.",
    "The names are those of the paper.",
    "It is no longer there.",
    "Any size runs.",
    "A colour for each side, and a dotted line for guessing.",
    "Rows are the truth, columns the guess.",
    "In order to solve the above problems, collect images.",
    "Most people say 127.",
    "The addition has two sides, and both have the same shape.",
]


def sentence(text):
    return comparatives.Sentence(text, 1, False)


@pytest.mark.parametrize("text", COMPARE)
def test_a_comparison_is_heard(text):
    (found,) = comparatives.near_results(page(text))
    assert found.comparisons()


@pytest.mark.parametrize("text", DO_NOT)
def test_what_compares_nothing_is_left_alone(text):
    assert not any(found.comparisons() for found in comparatives.near_results(page(text)))


@given(
    st.sampled_from(["larger", "higher", "worse", "less", "better"]), st.text("abcde ", max_size=30), st.integers(0, 3)
)
def test_a_comparative_is_heard_wherever_it_stands(word, before, stars):
    text = f"So {before} it is {'*' * stars}{word}{'*' * stars} than before."
    assert any(found.comparisons() for found in comparatives.near_results(page(text)))


def page(*texts, result="learn.fit_one_cycle(1)\nlearn", claims=(), hidden=True):
    """Cells of a page: a result cell, the texts behind it, and claims."""
    tags = {"tags": ["remove-cell"]} if hidden else {}
    return [
        nbformat.v4.new_code_cell(result),
        *(nbformat.v4.new_markdown_cell(text) for text in texts),
        *(nbformat.v4.new_code_cell(f"page.claim({claim!r}, one > two, one=one)", metadata=tags) for claim in claims),
    ]


def problems(tmp_path, cells, reviewed=()):
    file = tmp_path / "01_planted.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    return comparatives.unclaimed(file, {file.stem: dict.fromkeys(reviewed, "a definition")})


def test_a_claim_supports_the_sentence_that_it_quotes(tmp_path):
    text = "Two things to see. In every run 160 is *better* than `128`. Look again."
    (problem,) = problems(tmp_path, page(text))
    assert problem.startswith(
        "01_planted.ipynb, cell 2: “In every run 160 is better than 128.” compares results, and no claim"
    )
    assert problems(tmp_path, page(text, claims=["160 is better than 128"])) == []
    assert problems(tmp_path, page(text, claims=["In every run 160 is better than 128. Look again."])) == []


def test_a_claim_that_quotes_other_words_supports_nothing(tmp_path):
    first, second = problems(tmp_path, page("In every run 160 is better than 128.", claims=["160 beats 128"]))
    assert "no claim checks it" in first
    assert second == "01_planted.ipynb: the claim “160 beats 128” compares, and quotes nothing that stands on the page."
    assert len(problems(tmp_path, page("In every run 160 is better than 128.", claims=["In every run"]))) == 1
    assert problems(tmp_path, page("Look.", claims=["both loops give the same losses"])) == []


def test_each_comparison_of_a_sentence_needs_its_claim(tmp_path):
    text = "Here depth pays, and width beats it."
    assert len(problems(tmp_path, page(text, claims=["Here depth pays"]))) == 1
    assert problems(tmp_path, page(text, claims=["Here depth pays", "width beats it"])) == []


def test_words_of_the_code_may_be_quoted_too(tmp_path):
    cells = page("Look.", claims=["the curves drop at 112"])
    cells.insert(1, nbformat.v4.new_code_cell('show(fig, "In all runs the curves drop at 112.")'))
    assert problems(tmp_path, cells) == []


def test_what_stands_under_a_result_is_read_like_the_text(tmp_path):
    cells = page("Look.")
    cells[0].metadata["figure"] = {"caption": "Accuracy by depth.", "takeaway": "Here the deeper net is better."}
    (problem,) = problems(tmp_path, cells)
    assert "cell 1: “Here the deeper net is better.” compares results" in problem
    cells += page(claims=["Here the deeper net is better"])[1:]
    assert problems(tmp_path, cells) == []


def test_citation_and_reviewed_sentence_need_no_claim(tmp_path):
    text = "They found a larger size better {cite}`touvron2019fixres`.\n\nA longer run is a longer run."
    assert len(problems(tmp_path, page(text))) == 1
    assert problems(tmp_path, page(text), ["A longer run is a longer run."]) == []


def test_a_reviewed_sentence_that_is_gone_is_named(tmp_path):
    (problem,) = problems(tmp_path, page("Look."), ["A longer run is a longer run."])
    assert "“A longer run is a longer run.” is no longer a sentence near a result" in problem


def test_a_reviewed_sentence_needs_a_reason(tmp_path):
    file = tmp_path / "reviewed.toml"
    file.write_text('["01_planted"]\n"It is better." = " "\n', encoding="utf-8")
    with pytest.raises(ValueError, match="needs a reason"):
        comparatives.read_reviewed(file)


def test_only_the_neighbours_of_results_and_the_recap_are_read():
    plain, claim = nbformat.v4.new_code_cell("1 + 1"), page("It is better.", claims=["x"])
    texts = [
        nbformat.v4.new_markdown_cell(text) for text in ["A is better.", "B is better.", "## Recap\n\nC is better."]
    ]
    cells = [texts[0], plain, *claim, texts[1], plain, nbformat.v4.new_markdown_cell("D is better."), plain, texts[2]]
    assert [s.text for s in comparatives.near_results(cells)] == ["It is better.", "B is better.", "C is better."]


def test_the_alternative_text_of_a_result_is_read_with_what_is_computed_left_out():
    source = (
        'learn.validate()\nshow(fig, f"A is better than {b}. " "Two dots.")\nshow(fig, "B is worse.")\nshow(fig, alt)'
    )
    found = comparatives.near_results([nbformat.v4.new_code_cell(source)])
    assert [s.text for s in found if s.comparisons()] == ["A is better than ….", "B is worse."]


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["x = 1", "x + 1"], [False, False]),
        (["recorded = record.load('chapter03')"], [False]),
        (
            ["from resnet_live.experiments import record", "recorded = record.load('chapter03')", "recorded"],
            [False, True, True],
        ),
        (["from resnet_live.training import trainer as t", "t.train(model)"], [False, True]),
        (["learn.fit_one_cycle(1)", "learn.recorder.values", "values = 1"], [True, True, False]),
        (
            ["def score(m):\n    return learn.validate()", "print(score(1))", "%matplotlib inline\nscore(1)"],
            [True, True, True],
        ),
        (["from timeit import repeat", "def ms(run):\n    return min(repeat(run))", "ms(pool)"], [False, True, True]),
        (["def broken(:"], [False]),
    ],
)
def test_what_is_made_of_results_is_a_result(sources, found):
    assert comparatives.result_cells([nbformat.v4.new_code_cell(source) for source in sources]) == found


def test_there_are_chapters_to_read():
    assert len(CHAPTERS) >= 6


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda file: file.stem)
def test_each_comparison_of_results_has_a_claim(chapter):
    assert comparatives.unclaimed(chapter) == []
