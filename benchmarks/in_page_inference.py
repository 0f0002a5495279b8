"""The network in the reader's browser: how much is loaded, how long the first answer takes, and each one after it.

    python benchmarks/in_page_inference.py [--runs 20] [--against-onnxruntime]

The page is opened from the disk, in Chromium, on one thread, as a reader would. With `--against-onnxruntime`, ONNX Runtime Web
computes the same network beside it, in turns, so that other work on the machine meets both; that needs npm, and
`pip install onnx onnxscript`, which nothing else of the course needs. Writes in_page_inference.json beside this file.
"""

import argparse
import base64
import gzip
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("tools", "tools/sphinx_ext", "tests/book")]

import vendor_assets  # noqa: E402
from browsing import find_browser  # noqa: E402
from net_site import keep_for_page, make_site  # noqa: E402

from resnet_live.experiments.weights import NAME  # noqa: E402
from resnet_live.models.kept_net import kept_net  # noqa: E402

RESULT = Path(__file__).with_suffix(".json")
SIZES = (64, 128, 224, 512)
FLAGS = ["--no-sandbox", "--disable-gpu"]
RUNTIME = {
    "package": "onnxruntime-web@1.30.0",
    "integrity": "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
    "files": r"dist/(ort\.wasm\.bundle\.min\.mjs|ort-wasm-simd-threaded\.wasm)$",
    "below": "dist/",
}
# From the page's own scripts to the scores of a picture of zeros, as the figure does it.
OURS_FIRST = """async () => {
  const began = performance.now()
  const network = await resnetLiveNet.load()
  network.look({numbers: new Float32Array(128 * 128 * 3), height: 128, width: 128})
  return performance.now() - began
}"""
OURS = """async side => {
  const network = await resnetLiveNet.load(), numbers = new Float32Array(side * side * 3).fill(0.3)
  return network.look({numbers, height: side, width: side}).ms
}"""
# The same for ONNX Runtime: its module and its WebAssembly out of a script, since a page on a disk may fetch nothing.
THEIRS_FIRST = """async () => {
  const began = performance.now()
  const bytes = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
  const script = Object.assign(document.createElement('script'), {src: 'theirs.js'})
  await new Promise((done, fail) => { script.onload = done; script.onerror = fail; document.head.append(script) })
  const ort = await import(URL.createObjectURL(new Blob([bytes(theirs.module)], {type: 'text/javascript'})))
  ort.env.wasm.wasmBinary = bytes(theirs.wasm)
  ort.env.wasm.numThreads = 1
  window.session = await ort.InferenceSession.create(bytes(theirs.net), {executionProviders: ['wasm']})
  window.run = async side => {
    const x = new ort.Tensor('float32', new Float32Array(3 * side * side).fill(0.3), [1, 3, side, side])
    const began = performance.now()
    await session.run({x})
    return performance.now() - began
  }
  await run(128)
  return performance.now() - began
}"""
THEIRS = "side => run(side)"


def size(*files: Path) -> dict[str, int]:
    """Bytes of files together, as they are and as a server would compress them."""
    contents = [file.read_bytes() for file in files]
    return {"bytes": sum(map(len, contents)), "gzip": sum(len(gzip.compress(content)) for content in contents)}


def onnx_script(weights: Path, folder: Path) -> list[Path]:
    """ONNX Runtime Web and the network as an ONNX file, in `folder`/theirs.js; returns the two files of the engine."""
    model, _ = kept_net(NAME, weights)
    side = {2: torch.export.Dim("height", min=33, max=1024), 3: torch.export.Dim("width", min=33, max=1024)}
    net = folder / "net.onnx"
    names = {"input_names": ["x"], "output_names": ["scores"], "dynamic_shapes": {"x": side}}
    torch.onnx.export(model, (torch.randn(1, 3, 128, 128),), net, dynamo=True, external_data=False, **names)
    vendor_assets.unpack(vendor_assets.fetch(vendor_assets.find_npm(), RUNTIME, folder), RUNTIME, folder)
    engine = [folder / "ort.wasm.bundle.min.mjs", folder / "ort-wasm-simd-threaded.wasm"]
    parts = {"module": engine[0], "wasm": engine[1], "net": net}
    encoded = {name: base64.b64encode(file.read_bytes()).decode() for name, file in parts.items()}
    (folder / "theirs.js").write_text(f"window.theirs = {json.dumps(encoded)}")
    return engine


def in_turns(page: Page, scripts: dict[str, str], runs: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of each engine at each size; they take turns."""
    found: dict[str, dict[str, float]] = {name: {} for name in scripts}
    for side in SIZES:
        times: dict[str, list[float]] = {name: [] for name in scripts}
        for _ in range(runs):
            for name, script in scripts.items():
                times[name].append(page.evaluate(script, side))
        for name, values in times.items():
            found[name][f"{side} px"] = round(statistics.median(values), 1)
    return found


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--against-onnxruntime", action="store_true")
    options = parser.parse_args()
    if not vendor_assets.vendor():
        raise SystemExit("Without npm there is no engine to measure.")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        weights = keep_for_page(folder / "weights")
        site = make_site(folder / "site", weights, folder)
        net = site.parent / "_static" / "net"
        engines = {"TensorFlow.js 4.22.0": (OURS_FIRST, OURS, [net / "engine.js"])}
        if options.against_onnxruntime:
            files = onnx_script(weights, site.parent)
            engines["ONNX Runtime Web 1.30.0"] = (THEIRS_FIRST, THEIRS, files)
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        firsts: dict[str, list[float]] = {engine: [] for engine in engines}
        for _ in range(3):  # each in a page of its own
            for engine, (first, _, _) in engines.items():
                page = chromium.new_page()
                page.goto(site.as_uri())
                page.wait_for_function("Boolean(window.resnetLiveNet?.load)")
                firsts[engine].append(page.evaluate(first))
                page.close()
        page = chromium.new_page()
        page.goto(site.as_uri())
        page.wait_for_function("Boolean(window.resnetLiveNet?.load)")
        for first, _, _ in engines.values():
            page.evaluate(first)
        each = in_turns(page, {engine: script for engine, (_, script, _) in engines.items()}, options.runs)
        chromium.close()
        found = {
            engine: {
                "engine": size(*files),
                "first answer at 128 px, ms": round(statistics.median(firsts[engine])),
                "each answer, ms": each[engine],
            }
            for engine, (_, _, files) in engines.items()
        }
        result = {
            "what": "the course's network in a page opened from the disk, Chromium, one thread; medians; first answer: from the"
            " first script to the scores, 3 times; each answer: engine and reading the scores",
            "weights as a script": size(net / "weights.js"),
            "engines": found,
            "runs": options.runs,
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
            "load": {"before": round(load, 2), "after": round(os.getloadavg()[0], 2)},
        }
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
