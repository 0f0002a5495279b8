"""A picture that is too large to be sent around, made smaller."""

import base64
import io
import warnings

# Pixels of the longer side, from what any screen shows down to what is still worth a look.
SIDES = (1600, 1000, 600)


def scaled_down(encoded: str, most: int) -> str | None:
    """The picture in the base64 text `encoded` as a JPEG of at most `most` characters of base64; None where that cannot be done."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(base64.b64decode(encoded)))
            picture.draft("RGB", (SIDES[0], SIDES[0]))
            with_alpha = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return None
    for side in SIDES:
        picture.thumbnail((side, side))
        file = io.BytesIO()
        picture.save(file, format="JPEG", quality=85)
        smaller = base64.b64encode(file.getvalue()).decode("ascii")
        if len(smaller) <= most:
            return smaller
    return None
