"""Drawings as pictures: each is one XML document that a browser can read."""

import base64
from xml.etree import ElementTree

import pytest

from resnet_live.live.recording.svg_address import svg_address

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
    head, _, data = svg_address(svg).partition(",")
    assert head == "data:image/svg+xml;base64"
    root = ElementTree.fromstring(base64.b64decode(data).decode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and len(root) == 1


def test_what_is_no_drawing_stays_as_it_is():
    assert base64.b64decode(svg_address("words \ud800").partition(",")[2]) == b"words ?"
