import re
from xml.etree import ElementTree as tree

import matplotlib
import matplotlib.pyplot as plt
import pytest
from PIL import Image

from resnet_live.figures import INK, STYLE, photograph, show
from resnet_live.palette import COLOURS, css

matplotlib.use("agg")


def drawing(alt="A rising line."):
    with matplotlib.rc_context(STYLE):
        fig, ax = plt.subplots()
        ax.plot([0, 1], [0, 1], color=COLOURS["skip"].light, marker="o", label="skip")
        ax.set_title("title <&>")
        ax.legend()
    return fig, show(fig, alt)


def test_a_drawing_is_svg_in_the_colours_of_the_page():
    _, picture = drawing()
    html = picture._repr_html_()
    assert "<svg" in html and 'aria-label="A rising line."' in html
    assert INK not in html and "currentColor" in html
    assert css("skip") in html
    assert ">skip</text>" in html  # words stay words


def test_powers_on_an_axis_are_words_in_the_typeface_of_the_page():
    with matplotlib.rc_context(STYLE):
        fig, ax = plt.subplots()
        ax.semilogx([1e-7, 1], [0, 1])
        html = show(fig, "A line.").html
    powers = [tree.fromstring(text) for text in re.findall(r"<text.*?</text>", html, re.DOTALL) if "<tspan" in text]
    assert "10−7" in ["".join(power.itertext()) for power in powers]
    assert all("DejaVu" not in tree.tostring(power, "unicode") for power in powers)
    assert all(float(raised.get("dy")) < 0 and "x" not in raised.attrib for power in powers for raised in power)


def test_showing_closes_the_figure():
    fig, _ = drawing()
    assert not plt.fignum_exists(fig.number)


def test_two_figures_share_no_identifier():
    import re

    ids = [re.findall(r' id="([^"]+)"', drawing(alt)[1].html) for alt in ("one", "two")]
    assert not set(ids[0]) & set(ids[1])


def test_what_is_referred_to_is_there():
    import re

    html = drawing()[1].html
    references = set(re.findall(r'(?:href="|url\()#([^")]+)', html))
    assert references and references <= set(re.findall(r' id="([^"]+)"', html))


def test_the_alternative_text_is_escaped_and_required():
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in drawing('a "b" <c>')[1].html
    with pytest.raises(ValueError, match="alt is empty"):
        drawing("  ")


def test_a_photograph_is_a_jpeg_with_words():
    html = photograph(Image.new("L", (8, 8)), "grey", width=20)
    assert html.startswith('<img src="data:image/jpeg;base64,') and 'alt="grey"' in html and 'width="20"' in html
    fig, ax = plt.subplots()
    ax.imshow([[0, 1]])
    assert "data:image/jpeg" in show(fig, "two pixels", photo=True).html


def test_titles_of_photographs_are_large_enough_for_a_phone_and_no_wider_than_their_photograph():
    fig, axes = plt.subplots(2, 4, figsize=(8, 4.4))
    for ax in axes.flat:
        ax.imshow([[0, 1], [1, 0]])
        ax.set_title("70% cassette player\n30% garbage truck", fontsize=9)
    show(fig, "eight", photo=True)
    width = fig.get_size_inches()[0] * 72
    assert width <= 390  # there a point of a letter is a pixel
    for ax in axes.flat:
        assert ax.get_title().split() == ["70%", "cassette", "player", "30%", "garbage", "truck"]
        assert ax.title.get_fontsize() >= 12
        assert max(map(len, ax.get_title().split("\n"))) * 0.6 * ax.title.get_fontsize() <= width / 4
