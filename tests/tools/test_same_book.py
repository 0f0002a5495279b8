"""Two books are the same when their pages, words, anchors and links are; what a page loads besides is no matter."""

import same_book

PAGE = (
    '<html><head><link href="{css}?v=1"></head><body><nav>{menu}</nav><main><article><h1 id="one">One</h1>'
    '<p>{words} <a href="{link}">there</a></p><script>{menu}</script></article></main></body></html>'
)
SAME = {"css": "a.css", "menu": "Menu", "words": "Every word counts.", "link": "two.html#part"}


def book(folder, **pages):
    for name, changes in pages.items():
        (folder / "book").mkdir(parents=True, exist_ok=True)
        (folder / "book" / f"{name}.html").write_text(PAGE.format(**SAME | changes), encoding="utf-8")
    return folder


def test_menus_scripts_versions_and_line_breaks_are_no_difference(tmp_path):
    first = book(tmp_path / "first", one={}, two={"css": "_static/sphinx-thebe.css"})
    second = book(tmp_path / "second", one={"menu": "Other", "words": "Every\n  word counts."}, two={})
    (second / "book" / "two.html").write_text(
        (second / "book" / "two.html").read_text(encoding="utf-8").replace('<link href="a.css?v=1">', ""),
        encoding="utf-8",
    )
    (second / "book" / "one.html").write_text(
        (second / "book" / "one.html").read_text(encoding="utf-8").replace("?v=1", "?v=2"), encoding="utf-8"
    )
    assert same_book.differences(first, second) == []


def test_a_page_a_word_a_link_and_an_anchor_are(tmp_path):
    first = book(tmp_path / "first", one={}, two={}, three={}, four={})
    second = book(tmp_path / "second", one={}, two={"words": "Every word matters."}, three={"link": "two.html"})
    (second / "book" / "one.html").write_text(
        (second / "book" / "one.html").read_text(encoding="utf-8").replace('id="one"', 'id="first"'), encoding="utf-8"
    )
    four, one, three, two = same_book.differences(first, second)
    assert four.startswith("book/four.html: only in ") and "first" in four
    assert one == "book/one.html: anchors differ: ['first', 'one']"
    assert three == "book/three.html: links differ: ['two.html', 'two.html#part']"
    assert "'counts. there' in one, 'matters. there' in the other" in two
