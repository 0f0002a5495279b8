"""The scripts that the figures with a network load: what is made, from what, and what is refused."""

import base64
import io
import json

import pytest
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from sphinx_ext import page_net

from resnet_live.data.imagenette import CLASSES
from resnet_live.models.kept_net import keep_net
from resnet_live.models.modern import Design, ModernResNet


def value(script, name):
    """What a script assigns to `resnetLiveNet.NAME`."""
    start = f"resnetLiveNet.{name} = "
    assert script.startswith(start) and script.endswith(";\n")
    return json.loads(script[len(start) : -2])


@pytest.fixture
def weights(tmp_path):
    design = Design((1, 1), (8, 16))
    keep_net(page_net.NET, design, ModernResNet(design), {}, tmp_path / "weights")
    return tmp_path / "weights"


def test_the_weights_are_the_file_byte_for_byte(weights):
    script = page_net.weights_script(weights)
    file = weights / f"{page_net.NET}.safetensors"
    assert base64.b64decode(value(script, "weights")) == file.read_bytes()


@pytest.mark.parametrize("part", [{"blur": True}, {"squeeze": True}, {"fine": True}, {"activation": "mish"}], ids=str)
def test_a_net_that_the_page_cannot_compute_stops_the_build(part, tmp_path):
    design = Design((1, 1), (8, 16), **part)
    keep_net(page_net.NET, design, ModernResNet(design), {}, tmp_path)
    with pytest.raises(ValueError, match="network.js cannot compute"):
        page_net.weights_script(tmp_path)


def test_there_is_a_drawing_for_each_class_in_the_order_of_the_scores():
    drawings = value(page_net.drawings_script(64), "drawings")
    assert [drawing["name"] for drawing in drawings] == list(CLASSES.values())
    for drawing in drawings:
        assert Image.open(io.BytesIO(base64.b64decode(drawing["data"]))).size == (64, 64)


def test_what_was_recorded_for_other_weights_is_not_shown(weights, tmp_path):
    part = {"weights": "0" * 64, "whole": 0.5, "images": 10, "blocks": []}
    (tmp_path / "block_cuts.json").write_text(json.dumps({"parts": {page_net.NET: part}}))
    assert value(page_net.cuts_script(tmp_path, weights), "cuts") is None
    file = weights / f"{page_net.NET}.safetensors"
    part["weights"] = page_net.hashlib.sha256(file.read_bytes()).hexdigest()
    (tmp_path / "block_cuts.json").write_text(json.dumps({"parts": {page_net.NET: part}}))
    assert value(page_net.cuts_script(tmp_path, weights), "cuts") == part


def test_what_cannot_be_made_is_left_out_and_not_kept_from_before(weights, tmp_path):
    made = page_net.write_scripts(tmp_path, tmp_path / "no assets", weights, tmp_path)
    assert made == ["weights.js", "drawings.js"]
    assert list(value((tmp_path / "net" / "made.js").read_text(), "made")) == made
    (weights / f"{page_net.NET}.safetensors").unlink()
    assert page_net.write_scripts(tmp_path, tmp_path / "no assets", weights, tmp_path) == ["drawings.js"]
    assert not (tmp_path / "net" / "weights.js").exists()


def test_the_engine_stands_in_one_script(tmp_path):
    files = {
        page_net._CORE: "core()\n//# sourceMappingURL=x.map",
        page_net._BACKEND: "backend()",
        page_net._WASM: "\0asm",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    script = page_net.engine_script(tmp_path)
    assert script.startswith("core()\n")
    assert "backend()" in script and "sourceMappingURL" not in script
    assert base64.b64encode(b"\0asm").decode() in script


def built(tmp_path, page):
    """A book of one page, built with the extension: the names of the scripts beside it."""
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    (source / "conf.py").write_text("extensions = ['sphinx_ext.page_net']\n")
    (source / "index.rst").write_text(f"Title\n=====\n\n.. raw:: html\n\n   {page}\n")
    with docutils_namespace():  # other tests of this process build, too
        Sphinx(source, source, out, tmp_path / "doctrees", "html", status=None).build()
    return sorted(file.name for file in (out / "_static" / "net").glob("*.js"))


def test_only_a_book_with_such_a_figure_gets_the_scripts(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(page_net, "write_scripts", lambda folder: made.append(folder))
    built(tmp_path, "<p>words</p>")
    assert made == []
    (tmp_path / "again").mkdir()
    built(tmp_path / "again", '<div data-rl-net="own-picture"></div>')
    assert made == [tmp_path / "again" / "out" / "_static"]
