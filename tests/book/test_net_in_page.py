"""The network in the page computes what PyTorch computes: in Chromium, opened from the disk, with nothing else reachable."""

import base64
import io
import json

import numpy as np
import pytest
import torch
import vendor_assets
from net_site import encoded, keep_for_page, make_site, seeded_net
from PIL import Image

from resnet_live.data import find_source
from resnet_live.experiments.block_cuts import cut, named_blocks
from resnet_live.experiments.weights import DESIGN, NAME, RECIPE
from resnet_live.models.kept_net import keep_net, kept_net
from resnet_live.models.modern import Design
from resnet_live.training import trainer

pytestmark = pytest.mark.xdist_group("net in page")

CLOSE = 1e-3
LOOK = """async ({numbers, height, width, watch, maps}) => {
  const bytes = await (await fetch('data:application/octet-stream;base64,' + numbers)).arrayBuffer()
  window.answer = window.tested.look({numbers: new Float32Array(bytes), height, width}, watch)
  return !maps ? {scores: answer.scores} : {scores: answer.scores, shapes: answer.shapes, features: [...answer.features.numbers],
    watched: Object.fromEntries(Object.entries(answer.watched ?? {}).map(([path, map]) => [path, [...map.numbers]]))}
}"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return keep_for_page(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def model(weights):
    return kept_net(NAME, weights)[0]


@pytest.fixture(scope="module")
def page(browser, weights, tmp_path_factory):
    """A page with the network loaded, as `tested`."""
    assert vendor_assets.vendor()
    folder = tmp_path_factory.mktemp("site")
    page = browser.new_page()
    page.goto(make_site(folder, weights, folder).as_uri())
    page.wait_for_function("Boolean(window.resnetLiveNet?.load)")
    page.evaluate("async () => { window.tested = window.kept = await resnetLiveNet.load() }")
    yield page
    page.close()


def look(page, x, watch=None, maps=True):
    """What the page makes of `x`, 1×3×H×W as PyTorch takes it; `maps` false: the scores alone, as maps take long to hand over."""
    height, width = x.shape[2:]
    given = {"numbers": encoded(x[0].permute(1, 2, 0)), "height": height, "width": width, "watch": watch, "maps": maps}
    return page.evaluate(LOOK, given)


def same(page, model, x) -> bool:
    """Whether the page gives the scores of `model` for `x`; the largest of both is the same one."""
    with torch.no_grad():
        wanted = model(x)[0]
    found = torch.tensor(look(page, x, maps=False)["scores"])
    torch.testing.assert_close(found, wanted, rtol=0, atol=CLOSE)
    return found.argmax() == wanted.argmax()


@pytest.mark.parametrize("size", [(64, 64), (65, 127), (128, 171), (97, 512), (64, 33)], ids=str)
def test_any_size_gives_the_scores_of_pytorch(page, model, size):
    for seed in range(2):
        assert same(page, model, torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(seed)))


def photographs(count):
    """Validation images as the net was tested with, and other sizes and shapes of them."""
    files = find_source().valid
    for number, file in enumerate(files[:: max(1, len(files) // count)][:count]):
        height, width = [(128, 128), (96, 160), (224, 224), (101, 64)][number % 4]
        image = Image.open(file).convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
        yield trainer.normalise(torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float())


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_images_get_the_scores_of_pytorch_and_the_same_winner(page, model, count):
    assert all(same(page, model, x) for x in photographs(count))


@pytest.mark.parametrize(
    "design",
    [
        Design((1, 2), (8, 16)),
        Design((2, 1, 1), (8, 8, 12), deep_stem=True, pooled_skip=True),
        Design((1, 2), (8, 12), bottleneck=True, pooled_skip=True),
        Design((1, 2), (8, 12), bottleneck=True, deep_stem=True),
    ],
    ids=["plain", "modern", "bottleneck", "bottleneck, strided skip"],
)
def test_other_designs_come_out_right_too(page, design, tmp_path):
    file = keep_net("other", design, seeded_net(design), {}, tmp_path)
    bytes_ = base64.b64encode(file.read_bytes()).decode()
    page.evaluate(
        "bytes => { window.tested = new resnetLiveNet.Network(Uint8Array.from(atob(bytes), l => l.charCodeAt(0))) }",
        bytes_,
    )
    try:
        assert same(page, kept_net("other", tmp_path)[0], torch.randn(1, 3, 75, 50))
    finally:
        page.evaluate("() => { window.tested = window.kept }")


@pytest.mark.parametrize("block", ["1.1", "2.1", "4.2"])
@pytest.mark.parametrize("left", ["residual", "skip"])
def test_a_cut_path_gives_the_scores_of_pytorch_with_that_path_at_zero(page, model, block, left):
    x = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(3))
    module = dict(named_blocks(model))[block]
    with torch.no_grad(), cut(module.convs if left == "residual" else module.downsample):
        wanted = model(x)[0]
    found = look(page, x, {"block": block, "residual": left != "residual", "skip": left != "skip"})
    torch.testing.assert_close(torch.tensor(found["scores"]), wanted, rtol=0, atol=CLOSE)
    assert not any(found["watched"][left])


def test_the_maps_of_a_block_are_those_of_pytorch(page, model):
    x = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(3))
    module, kept = dict(named_blocks(model))["3.1"], {}
    hooks = [
        part.register_forward_hook(lambda m, i, out, name=name: kept.update({name: out.clone()}))
        for name, part in (("residual", module.convs), ("skip", module.downsample), ("sum", module))
    ]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    found = look(page, x, {"block": "3.1", "residual": True, "skip": True})["watched"]
    for name, wanted in kept.items():
        flat = wanted[0].permute(1, 2, 0).flatten()
        torch.testing.assert_close(torch.tensor(found[name]), flat, rtol=0, atol=CLOSE)


def test_shapes_stand_in_the_order_of_the_forward_pass(page):
    shapes = {s["name"]: s["shape"] for s in look(page, torch.zeros(1, 3, 128, 192))["shapes"]}
    last = DESIGN.widths[-1]
    assert shapes["picture"] == [3, 128, 192] and shapes["stem"] == [DESIGN.widths[0], 32, 48]
    assert shapes["block 4.2"] == [last, 4, 6] and shapes["mean"] == [last] and shapes["scores"] == [10]


def test_the_mean_of_a_class_map_and_the_bias_are_the_score(page, model):
    found = look(page, torch.randn(1, 3, 128, 171, generator=torch.Generator().manual_seed(5)))
    for k in (0, 7):
        told = page.evaluate("k => window.tested.classMap(window.answer.features, k)", k)
        numbers = told["numbers"]
        assert (told["height"], told["width"]) == (4, 6)
        assert np.mean(numbers) + model.fc.bias[k].item() == pytest.approx(found["scores"][k], abs=CLOSE)


def resized_in_page(page, image, size):
    """The picture as a PNG file, read and resized by the page: uint8 H×W×3."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    width, height = size
    found = page.evaluate(
        """async ([file, width, height]) => {
          const picture = await resnetLiveNet.readPicture(await (await fetch('data:image/png;base64,' + file)).blob())
          return JSON.stringify([...resnetLiveNet.resized(picture, width, height).rgb])
        }""",
        [base64.b64encode(buffer.getvalue()).decode(), width, height],
    )
    return np.array(json.loads(found), dtype=int).reshape(height, width, 3)


@pytest.mark.parametrize("size", [(128, 96), (64, 200), (300, 512), (157, 211)], ids=str)
def test_pictures_are_resized_as_pillow_does(page, size):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (211, 157, 3), dtype=np.uint8))
    wanted = np.array(noise.resize(size, Image.Resampling.BILINEAR), dtype=int)
    assert np.abs(resized_in_page(page, noise, size) - wanted).max() <= 1


def test_from_file_to_scores_it_is_what_pillow_and_pytorch_give(page, model):
    for file in find_source().valid[::1500]:
        image = Image.open(file).convert("RGB")
        pixels = resized_in_page(page, image, (160, 128))
        small = np.array(image.resize((160, 128), Image.Resampling.BILINEAR))
        inputs = [trainer.normalise(torch.from_numpy(p).permute(2, 0, 1)[None].float()) for p in (pixels, small)]
        with torch.no_grad():
            wanted = model(inputs[1])[0]
        found = torch.tensor(look(page, inputs[0])["scores"])
        torch.testing.assert_close(found, wanted, rtol=0, atol=0.02)  # a pixel may be a 255th off
        assert found.argmax() == wanted.argmax()


def test_the_page_normalises_as_the_training_does(page):
    pixels = torch.arange(2 * 3 * 3, dtype=torch.uint8).reshape(2, 3, 3) * 14
    found = page.evaluate(
        "rgb => [...resnetLiveNet.normalised({rgb: Uint8Array.from(rgb), height: 2, width: 3}).numbers]",
        pixels.flatten().tolist(),
    )
    wanted = trainer.normalise(pixels.permute(2, 0, 1)[None].float())[0].permute(1, 2, 0)
    torch.testing.assert_close(torch.tensor(found), wanted.flatten(), rtol=0, atol=1e-5)
    assert RECIPE.size == 128
