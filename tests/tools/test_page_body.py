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
    numbers_right,
    shape_body,
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


def test_an_icon_is_taken_from_the_themes_script():
    source = 'a={"bars":[448,512,["navicon"],"f0c9","M0 96z"],sun:[512,512,[9728],"f185","M1 1z"]}'
    assert "viewBox='0 0 448 512'" in picture("bars", source) and "M0%2096z" in picture("bars", source).replace(
        " ", "%20"
    )
    with pytest.raises(Exception, match="no 'moon'"):
        picture("moon", source)
    assert re.fullmatch(r"data:image/svg\+xml,[^\"<>#]+", picture("sun", source))


def test_large_whole_numbers_in_tables_have_commas():
    cells = "".join(f"<td>{cell}</td>" for cell in ("33554432", "2026", "8388.60", "9,536"))
    words = BeautifulSoup(numbers_right(f"<table><tbody><tr>{cells}</tr></tbody></table>"), "html.parser")
    assert [cell.get_text() for cell in words("td")] == ["33,554,432", "2026", "8388.60", "9,536"]


def test_what_belongs_together_on_a_page_stands_on_one_line():
    context = {"body": "<p>5 s</p>"}
    shape_body(None, "page", "page.html", context, None)
    assert context["body"] == "<p>5\u00a0s</p>"
