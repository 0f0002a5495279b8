"""What a page's text is given before it is written: messages that stand out, numbers on the right, light heads."""

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from sphinx_ext.light_pages import picture
from sphinx_ext.page_body import (
    _TRACEBACK,
    add_captions,
    message_first,
    nets_kept,
    numbers_right,
    shape_body,
    units_kept,
)

ROOT = Path(__file__).parents[2]
RULE = '<span></span><span class="gt">' + "-" * 75 + "</span>\n"
HEAD = (
    '<span class="ne">RuntimeError</span><span class="g g-Whitespace">      </span>Traceback (most recent call last)\n'
)
CELL = '<span class="nn">Cell In[3], line 2</span>\n<span class="ne">---&gt; </span>2 block(x)\n\n'


def shaped(message: str) -> BeautifulSoup:
    html = (
        f'<div class="output traceback x"><div class="highlight"><pre>{RULE}{HEAD}{CELL}{message}\n</pre></div></div>'
    )
    return BeautifulSoup(_TRACEBACK.sub(message_first, html), "html.parser")


@pytest.mark.parametrize(
    ("message", "sizes"),
    [
        ("The size of tensor a (32) must match b (3) at non-singleton dimension 1", ["32", "3", "1"]),
        ("mat1 and mat2 shapes cannot be multiplied (2x4096 and 256x10)", ["2x4096", "256x10"]),
        ("Given groups=1, weight of size [8, 3, 3, 3], expected 3 channels", ["1", "[8, 3, 3, 3]", "3"]),
        ("Input type (torch.float64) and bias type (torch.float32) should be the same", []),
        ("two lines\n\nwith 5 in the second", ["5"]),
    ],
)
def test_the_message_of_an_error_is_a_block_with_its_sizes_marked(message, sizes):
    soup = shaped(f'<span class="ne">RuntimeError</span>: {message}')
    block = soup.select_one(".rl-message")
    assert block.get_text() == f"RuntimeError: {message}"
    assert [mark.get_text() for mark in block.select("b")] == sizes
    assert soup.get_text().startswith("Traceback (most recent call last)\nCell In[3]")  # no rule of dashes, no padding


def test_what_stands_before_a_message_is_no_message():
    """An error that was raised while another was handled: the last one counts."""
    soup = shaped('<span class="ne">KeyError</span>: 1\n\nDuring …\n\n<span class="ne">ValueError</span>: two')
    assert soup.select_one(".rl-message").get_text() == "ValueError: two"
    assert "KeyError: 1" in soup.get_text()


@pytest.mark.parametrize("file", sorted((ROOT / "book").glob("0*.ipynb")), ids=lambda file: file.stem)
def test_each_figure_of_a_chapter_gets_its_caption_and_what_to_take_away(file):
    page = new_document("page")
    cells = [dict(cell.metadata) for cell in nbformat.read(file, 4).cells if cell.cell_type == "code"]
    page += [nodes.container(nb_element="cell_code", cell_metadata=metadata) for metadata in cells]
    add_captions(None, page)
    figures = [metadata["figure"] for metadata in cells if "figure" in metadata]
    found = [BeautifulSoup(node.astext(), "html.parser").p for node in page.findall(nodes.raw)]
    assert len(found) == len(figures) >= 3
    for caption, words in zip(found, figures, strict=True):
        assert caption["class"] == ["rl-caption"]
        assert caption.strong.get_text() == words["takeaway"].replace("`", "")
        assert caption.get_text() == f"{words['caption']} {words['takeaway']}".replace("`", "")


def right(*rows: tuple[str, ...]) -> list[int]:
    """The numbers of the columns that are set to the right."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    head = "<tr>" + "<th>h</th>" * len(rows[0]) + "</tr>"
    soup = BeautifulSoup(numbers_right(f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"), "html.parser")
    found = [
        [i for i, cell in enumerate(row.find_all(["th", "td"])) if "rl-num" in cell.get("class", [])]
        for row in soup("tr")
    ]
    assert all(columns == found[0] for columns in found)  # the heading stands over its numbers
    return found[0]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("English springer", "955", "395"), [1, 2]),
        (("residual two", "73.3", "−1.9"), [1, 2]),
        (("9,536", "0.5 %", "00:26"), [0, 1]),
        (("1e-05", "3 s", "–"), [0, 1, 2]),
        (("0.1 to 30.7", "32×4×4", "dimension 1"), []),
        (("", "", "1"), [2]),
        (("1.4.3, 1.4.11", "1 234.5", ".5"), [1, 2]),
    ],
)
def test_columns_of_numbers_are_set_to_the_right(cells, expected):
    assert right(cells, cells) == expected


def test_one_word_makes_a_column_of_words():
    assert right(("1", "2"), ("none", "3")) == [1]


def test_a_table_with_joined_cells_stays_as_it_is():
    table = "<table><tbody><tr><td colspan='2'>1</td></tr><tr><td>1</td><td>2</td></tr></tbody></table>"
    assert numbers_right(table) == table


def test_two_numbers_in_a_cell_stand_on_one_line():
    cells = "<td>−0.09 to −0.04</td><td>1.38 and 0.53</td><td>plain-56 and plain-20</td><td>3</td>"
    soup = BeautifulSoup(numbers_right(f"<table><tbody><tr>{cells}</tr></tbody></table>"), "html.parser")
    assert ["rl-keep" in cell.get("class", []) for cell in soup("td")] == [True, True, False, False]


def code(*words: str) -> str:
    return f'<code class="literal">{" ".join(f"""<span class="pre">{word}</span>""" for word in words)}</code>'


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("resnet-live", "data"), ["resnet-live data"]),
        (("a", "&lt;=", "b"), ["a <= b"]),
        (("resnet-live", "grade", "--dry-run"), ["resnet-live", "grade", "--dry-run"]),
        (("exercises/01_imagenette.ipynb",), []),
        (("f(a,", "equal_var=False).confidence_interval()"), ["f(a,"]),
    ],
)
def test_no_line_ends_in_short_code_or_a_short_word_of_it(words, kept):
    context = {"body": f"<p>{code(*words)}, and</p>"}
    shape_body(None, "page", "page.html", context, None)
    soup = BeautifulSoup(context["body"], "html.parser")
    assert [one.get_text() for one in soup.select(".rl-short")] == kept
    assert soup.get_text() == BeautifulSoup(f"<p>{code(*words)}, and</p>", "html.parser").get_text()


def test_a_narrow_page_breaks_a_long_word_of_code_behind_a_slash_or_a_dot():
    context = {"body": f"<p>{code('exercises/01_imagenette.ipynb')}, {code('resnet_live.models.plain_net')}.</p>"}
    shape_body(None, "page", "page.html", context, None)
    assert "exercises/<wbr>01_imagenette.ipynb<" in context["body"]
    assert "resnet_live.<wbr>models.<wbr>plain_net<" in context["body"]
    context = {"body": "<p><code>recorded/weights/narrow.safetensors</code>, <code>chapter07</code></p>"}
    shape_body(None, "page", "page.html", context, None)
    assert (
        context["body"] == "<p><code>recorded/<wbr>weights/<wbr>narrow.safetensors</code>, <code>chapter07</code></p>"
    )


def test_no_line_ends_in_the_name_of_a_net():
    html = (
        '<p title="3>2, ResNet-18">ResNet-18, <em>plain-56</em>. ResNet-RS, 2026-11-26</p><pre>plain-20</pre>'
        "<p>1e-3, up-to-date, top-1.5, x-2y</p>"
    )
    kept = nets_kept(html)
    names = [one.get_text() for one in BeautifulSoup(kept, "html.parser").select(".rl-keep")]
    assert names == ["ResNet-18", "plain-56", "ResNet-RS", "2026-11-26"]
    assert kept.replace('<span class="rl-keep">', "").replace("</span>", "") == html


def test_the_states_of_figures_stay_what_they_are():
    state = '<script type="application/vnd.jupyter.widget-state+json">{"value": "<p>plain-56</p>"}</script>'
    assert nets_kept(state) == state


def test_an_icon_is_taken_from_the_themes_script():
    source = 'a={"bars":[448,512,["navicon"],"f0c9","M0 96z"],sun:[512,512,[9728],"f185","M1 1z"]}'
    assert "viewBox='0 0 448 512'" in picture("bars", source) and "M0%2096z" in picture("bars", source).replace(
        " ", "%20"
    )
    with pytest.raises(Exception, match="no 'moon'"):
        picture("moon", source)
    assert re.fullmatch(r"data:image/svg\+xml,[^\"<>#]+", picture("sun", source))


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>28.54 % of 3 errors, 160 px</p>", "28.54~% of 3 errors, 160~px"),
        ("<p>within 5\nms, <strong>91</strong> %, 5 <b>%</b>.</p>", "within 5~ms, 91~%, 5~%."),
        ("<p>2 steps, 3 shapes, 5 min/epoch, 7 mini, 4 MBit</p>", "2 steps, 3 shapes, 5 min/epoch, 7 mini, 4 MBit"),
        ("<p><code>5 % 2</code> and <code>28.5 %</code></p>", "5 % 2 and 28.5~%"),
        (
            '<p>In chapters 3 to 8, exercise <a href="#">5.2</a>, a misstep 2</p>',
            "In chapters~3 to 8, exercise~5.2, a misstep 2",
        ),
        ("<p>weight of size <em>[32, 3, 3]</em>, [1, two]</p>", "weight of size [32,~3,~3], [1, two]"),
        ("<p>fastai's, 'a' <code>b's</code></p>", "fastai’s, 'a' b's"),
        ("<pre>took 5 s, 3 %</pre><p>5 s</p><pre>6 s</pre>", "took 5 s, 3 %5~s6 s"),
    ],
)
def test_no_line_ends_between_what_belongs_together_unless_it_is_code(html, kept):
    assert BeautifulSoup(units_kept(html), "html.parser").get_text().replace("\u00a0", "~") == kept


def test_no_line_begins_with_the_full_stop_behind_a_formula():
    formula = '<span class="math notranslate nohighlight">\\\\(x\\\\)</span>'
    context = {"body": f"<p>{formula}. Then {formula} and</p>"}
    shape_body(None, "page", "page.html", context, None)
    assert context["body"] == f'<p><span class="rl-keep">{formula}.</span> Then {formula} and</p>'


def test_no_line_of_a_title_begins_with_its_dot():
    context = {"body": "<h1>Exercises 3 · Train it</h1><p>1 · 2</p>"}
    shape_body(None, "page", "page.html", context, None)
    assert context["body"] == "<h1>Exercises 3\u00a0· Train it</h1><p>1 · 2</p>"


def test_the_words_of_figures_keep_their_units_and_other_scripts_stay_as_they_are():
    state = '<script type="application/vnd.jupyter.widget-state+json">{"value": "<p>5 %</p>"}</script>'
    other = '<script>let words = "5 %"</script>'
    assert units_kept(state + other) == state.replace("5 %", "5\u00a0%") + other


def test_large_whole_numbers_in_tables_have_commas():
    cells = "".join(f"<td>{cell}</td>" for cell in ("33554432", "2026", "8388.60", "9,536"))
    words = BeautifulSoup(numbers_right(f"<table><tbody><tr>{cells}</tr></tbody></table>"), "html.parser")
    assert [cell.get_text() for cell in words("td")] == ["33,554,432", "2026", "8388.60", "9,536"]
