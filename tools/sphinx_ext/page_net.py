"""Sphinx extension: the network that runs in the reader's browser, as scripts of the book (`_static/net/`).

A page opened from a disk may load scripts and nothing else. So the engine, the weights and the drawn examples are written as scripts,
at the end of a build; figures load them when a reader asks for them. What cannot be made is left out, and the figures say so.
"""

import base64
import hashlib
import io
import json
import re
from pathlib import Path

from PIL import Image
from safetensors import safe_open
from sphinx.application import Sphinx
from sphinx.config import Config
from vendored import ASSETS

ROOT = Path(__file__).parents[2]
FIGURE = "data-rl-net"  # the attribute of their places on a page
RECORDED = ROOT / "recorded"
NET = "narrow_resnet"
_CORE = "tfjs-core/tf-core.es2017.min.js"
_BACKEND = "tfjs-backend-wasm/tf-backend-wasm.es2017.min.js"
_WASM = "tfjs-backend-wasm/tfjs-backend-wasm-simd.wasm"
# Features of `Design` that network.js has no code for.
_MISSING = ("squeeze", "blur", "fine")


def engine_script(assets: Path) -> str:
    """TensorFlow.js and its WebAssembly, from the vendored files below `assets`, as one script. Raises OSError without them."""
    wasm = base64.b64encode((assets / _WASM).read_bytes()).decode()
    parts = [(assets / part).read_text(encoding="utf-8") for part in (_CORE, _BACKEND)]
    # the map of their sources is not there
    code = re.sub(r"^//# sourceMappingURL=.*$", "", "\n".join(parts), flags=re.MULTILINE)
    return f'{code}\nresnetLiveNet.engine = "{wasm}";\n'


def weights_script(folder: Path, name: str = NET) -> str:
    """The file of the weights, byte for byte, as a script; `folder`: where `keep_net` wrote it.

    Raises FileNotFoundError without it, and ValueError for a net that the page cannot compute.
    """
    file = folder / f"{name}.safetensors"
    with safe_open(file, "np") as opened:  # not by `kept_net`: PyTorch takes seconds to import
        design = json.loads(opened.metadata()["resnet_live"])["design"]
    unknown = [part for part in _MISSING if design[part]]
    if design["activation"] != "relu":
        unknown.append(design["activation"])
    if unknown:
        raise ValueError(f"{file.name}: network.js cannot compute {', '.join(unknown)}.")
    return f'resnetLiveNet.weights = "{base64.b64encode(file.read_bytes()).decode()}";\n'


def drawings_script(size: int = 256) -> str:
    """The ten drawn examples, one a class in the order of the scores: `{name, data}`, `data` a JPEG of size × size pixels."""
    import numpy as np

    from resnet_live.data.imagenette import CLASSES
    from resnet_live.data.synthetic.objects import DRAW
    from resnet_live.data.synthetic.pen import Pen
    from resnet_live.data.synthetic.scene import background

    drawn = []
    for number, (wnid, name) in enumerate(CLASSES.items()):
        rng, buffer, side = np.random.default_rng([7, number]), io.BytesIO(), 2 * size
        # Upright, in the middle, alone: what a reader expects of an example.
        scene = background(side, rng)
        DRAW[wnid](Pen(scene, 0.42 * np.eye(2), np.array([side / 2, side / 2])), rng)
        scene.resize((size, size), Image.Resampling.BOX).save(buffer, format="JPEG", quality=85)
        drawn.append({"name": name, "data": base64.b64encode(buffer.getvalue()).decode()})
    return f"resnetLiveNet.drawings = {json.dumps(drawn)};\n"


def cuts_script(recorded: Path, weights: Path) -> str:
    """What cutting each block costs on all validation images (`experiments.block_cuts`); null where other weights were recorded.

    Raises FileNotFoundError without a recording or without weights.
    """
    found = json.loads((recorded / "block_cuts.json").read_text(encoding="utf-8"))["parts"][NET]
    now = hashlib.sha256((weights / f"{NET}.safetensors").read_bytes()).hexdigest()
    return f"resnetLiveNet.cuts = {json.dumps(found if found['weights'] == now else None)};\n"


def write_scripts(
    folder: Path, assets: Path = ASSETS, weights: Path = RECORDED / "weights", recorded: Path = RECORDED
) -> list[str]:
    """Write what can be made to `folder`/net, and to made.js there how long each is; returns the names.

    `assets`: the vendored files; `weights`: where `keep_net` wrote the net; `recorded`: where block_cuts.json lies.
    """
    (folder / "net").mkdir(parents=True, exist_ok=True)
    scripts = {
        "engine.js": lambda: engine_script(assets),
        "weights.js": lambda: weights_script(weights),
        "drawings.js": drawings_script,
        "cuts.js": lambda: cuts_script(recorded, weights),
    }
    made = {}
    for name, make in scripts.items():
        target = folder / "net" / name
        try:
            content = make()
        except FileNotFoundError:
            target.unlink(missing_ok=True)
        else:
            target.write_text(content, encoding="utf-8")
            made[name] = len(content)
    (folder / "net" / "made.js").write_text(f"resnetLiveNet.made = {json.dumps(made)};\n", encoding="utf-8")
    return list(made)


def leave_out_parts(app: Sphinx, config: Config) -> None:
    """The vendored files of the engine are not served by themselves: they stand in engine.js."""
    config.exclude_patterns.append("tfjs-*/**")


def serve_scripts(app: Sphinx, exception: Exception | None) -> None:
    """Put the scripts beside the pages, if a page has such a figure."""
    pages = [Path(app.outdir) / f"{name}.html" for name in app.env.found_docs]
    if exception is None and any(FIGURE in page.read_text(encoding="utf-8") for page in pages if page.exists()):
        write_scripts(Path(app.outdir) / "_static")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", leave_out_parts)
    app.connect("build-finished", serve_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
