"""The figures that compute with a network, as a reader uses them."""

import io
import re

import pytest
import vendor_assets
from accessibility import violations
from net_site import keep_for_page, make_site
from PIL import Image

from resnet_live.experiments.weights import NAME

pytestmark = pytest.mark.xdist_group("net in page")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    assert vendor_assets.vendor()
    folder = tmp_path_factory.mktemp("site")
    return make_site(folder, keep_for_page(tmp_path_factory.mktemp("weights")), folder)


@pytest.fixture
def reader(browser, site):
    """A page, and what went wrong in it; every request is noted."""
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.asked, page.problems = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(site.as_uri())
    page.wait_for_selector(".rl-net-main")
    yield page
    assert page.problems == []
    page.close()


def opened(page, name="own-picture"):
    """The figure after its button was pressed, when the first drawing has its scores."""
    figure = page.locator(f"[data-rl-net={name}]")
    figure.locator(".rl-net-main").click()
    said(figure, "\\d")
    return figure


def said(figure, pattern):
    """Wait until the figure's result says something like `pattern`; returns it."""
    figure.locator(".rl-net-result").filter(has_text=re.compile(pattern)).wait_for()
    return figure.locator(".rl-net-result").inner_text()


def png(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", **options)
    return {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def test_the_engine_comes_when_it_is_asked_for_and_from_the_disk_alone(reader):
    assert not any("engine.js" in url or "weights.js" in url for url in reader.asked)
    figure = opened(reader)
    assert any("engine.js" in url for url in reader.asked)
    assert all(url.startswith(("file:", "blob:", "data:")) for url in reader.asked)
    assert figure.locator(".rl-net-scores li").count() == 10
    assert reader.evaluate("document.activeElement.closest('[data-rl-net]') !== null")
    shares = [int(text.split()[-2]) for text in figure.locator(".rl-net-number").all_inner_texts()]
    assert 95 <= sum(shares) <= 105


def test_sliders_change_the_size_and_the_picture_keeps_its_shape_until_told_otherwise(reader):
    figure = opened(reader)
    figure.locator("input[type=file]").set_input_files(png(Image.new("RGB", (400, 200), "teal")))
    assert "64 × 128 pixels" in said(figure, "64 × 128")
    tall, wide = figure.get_by_role("slider", name="height"), figure.get_by_role("slider", name="width")
    wide.press("End")
    said(figure, "256 × 512 pixels in, ten numbers out")
    assert "3×256×512" in figure.locator(".rl-net-shapes").inner_text().replace("\n", " ")
    figure.get_by_label("keep the picture's shape").uncheck()
    tall.press("Home")
    said(figure, "64 × 512")
    wide.press("ArrowLeft")
    said(figure, "64 × 496")
    # what is read aloud comes when the reader has stopped
    figure.locator(".rl-net-unseen", has_text="64 × 496").wait_for(state="attached")


def test_a_class_that_is_pressed_is_the_one_whose_map_is_shown(reader):
    figure = opened(reader)
    church = figure.get_by_role("button", name="church").last
    church.click()
    assert church.get_attribute("aria-pressed") == "true"
    assert "found church" in figure.locator(".rl-net-stage canvas").first.get_attribute("aria-label")
    figure.get_by_label("show where it looked").uncheck()
    assert "found" not in figure.locator(".rl-net-stage canvas").first.get_attribute("aria-label")


def bomb():
    """A PNG of 17 kB with 144 million pixels."""
    return png(Image.new("1", (12_000, 12_000)))


@pytest.mark.parametrize(
    "file, words",
    [
        (lambda: {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"}, "is no picture"),
        (
            lambda: {
                "name": "cut.png",
                "mimeType": "image/png",
                "buffer": png(Image.new("RGB", (9, 9)))["buffer"][:30],
            },
            "is no picture",
        ),
        (lambda: {"name": "none.png", "mimeType": "image/png", "buffer": b""}, "is empty"),
        (bomb, "144 million"),
    ],
    ids=["text", "cut off", "empty", "huge"],
)
def test_what_is_no_picture_gets_a_sentence_and_the_last_one_stays(reader, file, words):
    figure = opened(reader)
    before = figure.locator(".rl-net-scores").inner_text()
    figure.locator("input[type=file]").set_input_files(file())
    figure.locator(".rl-net-choose .rl-net-says", has_text=words).wait_for()
    assert figure.locator(".rl-net-scores").inner_text() == before


def test_a_file_of_too_many_bytes_is_not_even_decoded(reader):
    opened(reader)
    read = "() => resnetLiveNet.readPicture(new File([new Uint8Array(61e6)], 'big.png')).catch(error => error.message)"
    assert "“big.png” has 61 MB" in reader.evaluate(read)


@pytest.mark.parametrize(
    "image, height, words",
    [
        (lambda: Image.new("RGBA", (90, 60), (200, 0, 0, 120)), 80, "transparent parts are white"),
        (lambda: Image.new("I;16", (90, 60), 40_000), 80, "16 bits a channel"),
        (lambda: Image.new("RGB", (4000, 3000), "olive"), 96, "4000 × 3000 pixels: far more"),
        (lambda: Image.new("RGB", (7000, 5000), "olive"), 96, "7000 × 5000 pixels: far more"),
        (lambda: Image.new("P", (2, 1)), 64, ""),
        (lambda: Image.new("L", (1, 600)), 512, ""),
    ],
    ids=["transparent", "16 bits", "phone", "larger than a canvas on a phone", "palette", "thin"],
)
def test_odd_pictures_work_and_are_explained(reader, image, height, words):
    figure = opened(reader)
    figure.locator("input[type=file]").set_input_files(png(image()))
    said(figure, f"{height} × ")
    assert words in figure.locator(".rl-net-choose .rl-net-says").inner_text()


def test_a_picture_is_dropped_on_the_figure(reader):
    figure = opened(reader)
    figure.evaluate(
        """async figure => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 300, height: 100})
          canvas.getContext('2d').fillRect(0, 0, 50, 50)
          const data = new DataTransfer()
          data.items.add(new File([await new Promise(done => canvas.toBlob(done))], 'dropped.png', {type: 'image/png'}))
          figure.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))
        }"""
    )
    assert "64 × 128" in said(figure, "64 × 128")
    reader.locator("[data-rl-net=own-picture] .rl-net-drawing").nth(4).drag_to(figure.locator(".rl-net-stage"))
    said(figure, "128 × 128")


def test_the_camera_runs_in_the_page_and_is_given_back(reader):
    reader.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 160})
          const draw = () => { canvas.getContext('2d').fillRect(Math.random() * 300, 20, 9, 9); requestAnimationFrame(draw) }
          draw()
          window.given = canvas.captureStream(10)
          navigator.mediaDevices.getUserMedia = async () => window.given
        }"""
    )
    figure = opened(reader)
    figure.get_by_role("button", name="Use the camera").click()
    said(figure, "64 × 128")
    figure.get_by_role("button", name="Stop the camera").click()
    assert reader.evaluate("window.given.getTracks().every(track => track.readyState === 'ended')")
    assert figure.get_by_role("button", name="Use the camera").count() == 1


def test_a_camera_that_is_refused_is_a_sentence(reader):
    refuse = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') }"
    reader.evaluate(f"() => {{ {refuse} }}")
    figure = opened(reader)
    figure.get_by_role("button", name="Use the camera").click()
    figure.locator(".rl-net-choose .rl-net-says", has_text="not allowed; nothing was taken").wait_for()


def test_a_path_of_a_block_is_cut_and_mended(reader):
    figure = opened(reader, "block-xray")
    assert figure.locator(".rl-net-maps canvas").count() == 18
    whole = figure.locator(".rl-net-scores").inner_text()
    figure.get_by_role("combobox", name="block").select_option("2.1")
    said(figure, "Block 2.1 is whole")
    assert figure.locator(".rl-net-scores").inner_text() == whole
    figure.get_by_label("F(x) in place").uncheck()
    said(figure, "Block 2.1 without F")
    assert figure.locator(".rl-net-scores").inner_text() != whole
    assert "F(x): cut" in figure.locator(".rl-net-maps").inner_text()
    figure.get_by_label("skip path in place").uncheck()
    said(figure, "with neither path")
    for path in ("F(x)", "skip path"):
        figure.get_by_label(f"{path} in place").check()
    said(figure, "is whole")
    assert figure.locator(".rl-net-scores").inner_text() == whole


@pytest.mark.parametrize("look", ["index", "dark"])
def test_both_figures_are_accessible_and_fit_a_phone(reader, site, look):
    reader.goto(site.with_stem(look).as_uri())
    reader.wait_for_selector(".rl-net-main")
    for name in ("own-picture", "block-xray"):
        opened(reader, name)
    before = len(reader.problems)
    found = {v["id"]: [node["html"][:120] for node in v["nodes"]] for v in violations(reader)}
    del reader.problems[before:]  # axe asks for style sheets, which a page on a disk may not read
    assert found == {}
    reader.set_viewport_size({"width": 390, "height": 844})
    assert reader.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("lacking, words", [("weights", "record NAME=weights"), ("engine", "npm fetches it")])
def test_a_copy_of_the_book_that_lacks_a_part_says_so(browser, tmp_path, lacking, words):
    weights, assets = tmp_path / "none", vendor_assets.ASSETS
    if lacking == "engine":
        weights, assets = keep_for_page(tmp_path / "weights"), tmp_path / "assets"
        assets.mkdir()
    page = browser.new_page()
    page.goto(make_site(tmp_path / "site", weights, tmp_path, assets=assets).as_uri())
    page.locator(".rl-net-says", has_text=words).first.wait_for()
    assert page.locator(".rl-net-main").count() == 0 and NAME
    page.close()
