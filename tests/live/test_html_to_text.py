import pandas as pd
import pytest

from resnet_live.live.html_to_text import are_sentences, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "1  2\n3  4"),
        ("<tr>\n  <th>net</th>\n  <td>0.91</td>\n</tr>", "net  0.91"),
        ("<dl><dt>Data</dt><dd>9,469 images</dd><dt>Device</dt><dd>CPU</dd></dl>", "Data    9,469 images\nDevice  CPU"),
        ("<table><tr><td>a<td>b</table><table><tr><td>long<td>c</table>", "a  b\nlong  c"),
        ("<table><tr><th colspan=2>all</tr><tr><td>plain<td>1</tr></table>", "all\nplain  1"),
        ("<p>One <b>word</b>.</p>Two<br>Three<div>Four</div>Five", "One word.\nTwo\nThree\nFour\nFive"),
        ("<style>td { color: red }</style><script>let a = 1</script>a &lt; b", "a < b"),
        ("no tags & all", "no tags & all"),
    ],
)
def test_rows_are_lines_and_cells_stay_apart(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "sentences"),
    [
        ("<p>Say <code>%next</code>.</p>", True),
        ("<p>So:</p><table></table>", False),
        ("<pre>a  b</pre>", False),
        ("", False),
    ],
)
def test_paragraphs_alone_are_sentences(html, sentences):
    assert are_sentences(html) is sentences


def test_numbers_stand_with_their_last_digits_below_each_other():
    rows = [["net", "weights", "it is"], ["plain", "−0.07", "1"], ["deep", "10.86", "no"]]
    table = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    assert html_to_text(table).splitlines() == [
        "net    weights  it is",
        "plain    −0.07  1",
        "deep     10.86  no",
    ]


def test_a_table_of_pandas_keeps_its_cells_apart():
    table = pd.DataFrame({"net": ["plain", "residual"], "loss": [0.5, 0.25]}).to_html()
    assert html_to_text(table).splitlines() == [
        "   net       loss",
        "0  plain     0.50",
        "1  residual  0.25",
    ]
