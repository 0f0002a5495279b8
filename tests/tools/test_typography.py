"""What stands on one line of a page, where long code breaks, apostrophes."""

import pytest
from bs4 import BeautifulSoup
from sphinx_ext.typography import typeset


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
    soup = BeautifulSoup(typeset(f"<p>{code(*words)}, and</p>"), "html.parser")
    assert [one.get_text() for one in soup.select(".rl-short")] == kept
    assert soup.get_text() == BeautifulSoup(f"<p>{code(*words)}, and</p>", "html.parser").get_text()


def test_a_narrow_page_breaks_a_long_word_of_code_behind_a_slash_or_a_dot():
    body = typeset(f"<p>{code('exercises/01_imagenette.ipynb')}, {code('resnet_live.models.plain_net')}.</p>")
    assert "exercises/<wbr>01_imagenette.ipynb<" in body and "resnet_live.<wbr>models.<wbr>plain_net<" in body
    said = "<p><code>recorded/weights/narrow.safetensors</code>, <code>chapter07</code></p>"
    assert typeset(said) == "<p><code>recorded/<wbr>weights/<wbr>narrow.safetensors</code>, <code>chapter07</code></p>"


def test_no_line_ends_in_the_name_of_a_net():
    html = (
        '<p title="3>2, ResNet-18">ResNet-18, <em>plain-56</em>. ResNet-RS, 2026-11-26</p><pre>plain-20</pre>'
        "<p>1e-3, up-to-date, top-1.5, x-2y</p>"
    )
    kept = typeset(html)
    names = [one.get_text() for one in BeautifulSoup(kept, "html.parser").select(".rl-keep")]
    assert names == ["ResNet-18", "plain-56", "ResNet-RS", "2026-11-26"]
    assert kept.replace('<span class="rl-keep">', "").replace("</span>", "") == html


def test_the_states_of_figures_stay_what_they_are():
    state = '<script type="application/vnd.jupyter.widget-state+json">{"value": "<p>plain-56</p>"}</script>'
    assert typeset(state) == state


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>28.54 % of 3 errors, 160 px</p>", "28.54% of 3 errors, 160~px"),
        ("<p>within 5\nms, <strong>91</strong> %, 5 <b>%</b>.</p>", "within 5~ms, 91%, 5%."),
        ("<p>2 steps, 3 shapes, 5 min/epoch, 7 mini, 4 MBit</p>", "2 steps, 3 shapes, 5 min/epoch, 7 mini, 4 MBit"),
        ("<p><code>5 % 2</code> and <code>28.5 %</code></p>", "5 % 2 and 28.5%"),
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
    assert BeautifulSoup(typeset(html), "html.parser").get_text().replace("\u00a0", "~") == kept


def test_no_line_begins_with_the_full_stop_behind_a_formula():
    formula = '<span class="math notranslate nohighlight">\\\\(x\\\\)</span>'
    assert (
        typeset(f"<p>{formula}. Then {formula} and</p>")
        == f'<p><span class="rl-keep">{formula}.</span> Then {formula} and</p>'
    )


def test_no_line_of_a_title_begins_with_its_dot():
    assert typeset("<h1>Exercises 3 · Train it</h1><p>1 · 2</p>") == "<h1>Exercises 3\u00a0· Train it</h1><p>1 · 2</p>"


def test_the_words_of_figures_keep_their_units_and_other_scripts_stay_as_they_are():
    state = '<script type="application/vnd.jupyter.widget-state+json">{"value": "<p>5 px, 5 %</p>"}</script>'
    other = '<script>let words = "5 %"</script>'
    assert typeset(state + other) == state.replace("5 px, 5 %", "5\u00a0px, 5%") + other
