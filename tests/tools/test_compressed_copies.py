"""Compressed copies beside the built pages, and a server that gives them out."""

import gzip
import os
import urllib.request

from browsing import served
from compressed_copies import write_copies

PAGE = "<p>words</p>" * 500


def written(folder):
    return [file.relative_to(folder).as_posix() for file in write_copies(folder)]


def test_what_shrinks_gets_a_copy_when_it_is_new_or_has_changed(tmp_path):
    page, photograph = tmp_path / "a" / "page.html", tmp_path / "photograph.jpg"
    page.parent.mkdir()
    page.write_text(PAGE)
    photograph.write_bytes(bytes(5000))
    (tmp_path / "small.css").write_text("p {}")
    assert written(tmp_path) == ["a/page.html.gz"]
    assert gzip.decompress((tmp_path / "a" / "page.html.gz").read_bytes()) == PAGE.encode()
    assert written(tmp_path) == []
    page.write_text(PAGE * 2)
    os.utime(page, (1, 1))  # also when it seems to be older
    assert written(tmp_path) == ["a/page.html.gz"]
    page.unlink()
    assert written(tmp_path) == [] and not (tmp_path / "a" / "page.html.gz").exists()


def test_a_server_gives_the_copy_to_those_who_take_it_and_never_an_old_one(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    write_copies(tmp_path)
    with served(tmp_path) as address:

        def get(**headers):
            with urllib.request.urlopen(urllib.request.Request(f"{address}/page.html", headers=headers)) as answer:
                return answer.headers["Content-Encoding"], answer.headers["Content-Type"], answer.read()

        packed = gzip.compress(PAGE.encode(), mtime=0)
        assert get(**{"Accept-Encoding": "gzip"}) == ("gzip", "text/html", packed)
        assert get() == (None, "text/html", PAGE.encode())
        page.write_text("<p>new</p>")
        os.utime(page, (1, 1))
        assert get(**{"Accept-Encoding": "gzip"}) == (None, "text/html", b"<p>new</p>")
