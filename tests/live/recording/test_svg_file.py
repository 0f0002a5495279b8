"""Drawings as pictures: each is one XML document that a browser can read."""

from xml.etree import ElementTree

import pytest

from resnet_live.live.recording.svg_file import svg_file

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
PROLOG = '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<!DOCTYPE svg>\n'


@pytest.mark.parametrize(
    "svg",
    [
        "<svg><g/></svg>",
        f"<svg {NAMESPACE}><g/></svg>",
        f'<svg width="3"\n {NAMESPACE}>\n<g/></svg>',
        PROLOG + "<svg><g/></svg>",
        PROLOG + f"<svg {NAMESPACE}><g/></svg>",  # as matplotlib writes it
    ],
)
def test_the_namespace_stands_there_once(svg):
    root = ElementTree.fromstring(svg_file(svg).decode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and len(root) == 1


def test_what_is_no_drawing_stays_as_it_is():
    assert svg_file("words \ud800") == b"words ?"


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('viewBox="0 0 300 150" style="max-width: 600px; width: 100%"', ("600", "300")),  # as a page has it
        ("viewBox='0 0 340 170.5'", ("340", "170")),
        ('viewBox="0 0 300 150" width="30" height="15"', ("30", "15")),
        ("", (None, None)),
    ],
)
def test_it_has_the_size_that_its_page_gave_it(root, size):
    found = ElementTree.fromstring(svg_file(f"<svg {root}><g/></svg>").decode())
    assert (found.get("width"), found.get("height")) == size and "100%" not in found.get("style", "")
