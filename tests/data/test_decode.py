"""A file becomes pixels: RGB whatever the file's mode, a centre square, and a broken file is told from a whole one."""

import pytest
from PIL import Image

from resnet_live.data.decode import can_be_decoded, decode, decode_square


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    file = tmp_path / ("x.jpg" if mode == "CMYK" else "x.png")
    Image.new(mode, (30, 20)).save(file)
    image = decode(file)
    assert (image.mode, image.size) == ("RGB", (30, 20))


def test_the_square_is_the_middle_of_the_scaled_image(tmp_path):
    image = Image.new("RGB", (40, 20))
    image.paste((255, 0, 0), (10, 0, 30, 20))  # the middle half
    image.save(tmp_path / "x.png")
    pixels = decode_square(tmp_path / "x.png", 10)
    assert pixels.shape == (3, 10, 10) and pixels[0, :, 1:-1].min() == 255 and pixels[1:].max() == 0


def test_a_square_of_its_own_size_is_left_as_it_is(tmp_path):
    image = Image.effect_noise((12, 12), 80)
    image.save(tmp_path / "x.png")
    assert decode_square(tmp_path / "x.png", 12)[0].tolist() == [
        [image.getpixel((x, y)) for x in range(12)] for y in range(12)
    ]


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_a_broken_file_cannot_be_decoded(tmp_path, cut):
    whole, broken = tmp_path / "whole.jpg", tmp_path / "broken.jpg"
    Image.effect_noise((64, 64), 80).save(whole)
    broken.write_bytes(whole.read_bytes()[:cut])
    assert can_be_decoded(whole) and not can_be_decoded(broken)
    assert not can_be_decoded(tmp_path / "missing.jpg")
