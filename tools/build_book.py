"""Build the book: find the images, fetch the scripts, make the instructor's pages, execute and render, check the result.

    python tools/build_book.py [folder of the book] [--cached]

`--cached` takes over what another machine has executed (with a GPU, on all images); only what has changed since is executed here.
Exit code 0 only when every page of _toc.yml was built without an error or a warning, every internal link leads somewhere
and no page is heavier than the limit.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import build_cache
import check_links
import compressed_copies
import vendor_assets

from resnet_live.late_grammar import put_off_grammar

put_off_grammar()  # before nbformat is imported

import instructor_pages  # noqa: E402
import page_table  # noqa: E402

from resnet_live.kernels import warm_kernels  # noqa: E402
from resnet_live.live.chapter import LiveError  # noqa: E402

# Written by a kernel that is started the usual way, once a notebook: nobody who builds a book can act on it.
NOISE = ("[IPKernelApp] WARNING | Kernel is running over TCP without encryption.",)
# Jupyter Book's own lines are left out: the extension build_progress writes what happens, the end of the build the rest.
JUPYTER_BOOK = """
import contextlib, io, warnings
warnings.filterwarnings("ignore", ".*torch.jit.script.*", FutureWarning)  # fastai's import: nobody here can act on it
from resnet_live.late_grammar import put_off_grammar
put_off_grammar()
from jupyter_book.cli.main import main
with contextlib.redirect_stdout(io.StringIO()):
    main()
"""


def main() -> int:
    """Parse the command line, build, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1], help="folder with _config.yml")
    parser.add_argument(
        "--cached", action="store_true", help="keep what another machine executed, with its GPU and images"
    )
    options = parser.parse_args()
    root = options.root.resolve()
    began = time.perf_counter()
    environment, facts = surroundings()
    offline = vendor_assets.vendor()
    try:
        instructor_pages.before_build(root)
    except LiveError as error:
        sys.exit(f"The pages for instructors cannot be made: {error}")
    facts = [*facts, f"offline={offline}"]
    forget_stale(root, facts, build_cache.facts_of_execution(root, facts, options.cached))
    with warm_kernels() as kernels:
        built = run_jupyter_book(root, environment | kernels)
    if not built:
        explain_failure(root)
        return 1
    html = root / "_build" / "html"
    instructor_pages.after_build(root, root / "_build", offline)
    compressed_copies.write_copies(html)
    weights = page_table.weights(root, html)
    problems = check_links.missing_pages(root, html) + check_links.broken_links(html) + page_table.heavy_pages(weights)
    if problems:
        print("\nThe book was built, but it is not right:\n  " + "\n  ".join(problems), file=sys.stderr)
        return 1
    print("\n" + page_table.table(weights, page_table.seconds(root)))
    first = html / f"{check_links.expected_pages(root)[0]}.html"
    print(f"Built in {time.perf_counter() - began:.0f} s. Open {first}")
    return 0


def surroundings() -> tuple[dict[str, str], list[str]]:
    """Settle images, profile and device once for all notebooks: (their environment, the facts their outputs rest on)."""
    from resnet_live import data, profiles
    from resnet_live.data.source import SourceKind

    try:
        profile, source = profiles.current(), data.find_source()
    except (data.DataError, ValueError) as error:
        sys.exit(f"The book cannot be built: {error}")
    print(f"Images: {source.note}\nProfile: {profile.name}, on {profiles.device()}")
    environment = dict(os.environ, RESNET_LIVE_PROFILE=profile.name, PYTHONHASHSEED="0")
    # The sentences of the book are about photographs: what is drawn in their place proves none of them false.
    environment["RESNET_LIVE_CLAIMS"] = "told" if source.kind is SourceKind.STANDIN else "strict"
    environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else each kernel warns that a debugger would miss something
    # Kernels on our own interpreter, whatever else is installed on the machine.
    environment["PATH"] = str(Path(sys.executable).parent) + os.pathsep + environment["PATH"]
    count = f"{len(source.train)}+{len(source.valid)}"
    return environment, [profile.name, profiles.device().type, source.kind, str(source.path), count, sys.version]


def forget_stale(root: Path, facts: list[str], executed_with: list[str]) -> None:
    """Throw away executed notebooks and rendered pages that rest on something that has changed since.

    `facts`: of this machine; `executed_with`: of the machine whose executed notebooks may be used.
    """
    build = root / "_build"
    if executed_with != facts:
        print(f"Executed notebooks are taken over: {', '.join(executed_with[:3])}. What has changed is executed here.")
    executed = build_cache.executed_key(root, executed_with)
    if build_cache.drop_stale(build / ".jupyter_cache", build / "executed.key", executed):
        print("Package, recorded results, versions, profile or images have changed: every notebook runs again.")
    # A page rendered from an older execution is stale too, so the one key goes into the other.
    rendered = build_cache.rendered_key(root, [executed, *facts])
    for folder in ("html", ".doctrees"):
        build_cache.drop_stale(build / folder, build / f"rendered-{folder.strip('.')}.key", rendered)


def run_jupyter_book(root: Path, environment: dict[str, str]) -> bool:
    """Run `jupyter-book build` with its progress and its warnings shown; False when it failed."""
    sys.stdout.flush()
    build = start_python(JUPYTER_BOOK, ["build", str(root), "-q", "-W", "--keep-going"], root, environment)
    messages = threading.Thread(target=pass_on, args=(build.stderr,), daemon=True)
    messages.start()
    try:
        build.wait()
    finally:
        build.kill()
    messages.join(timeout=10)  # not for ever: a process that a notebook left behind may hold the other end
    return build.returncode == 0


def start_python(code: str, arguments: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Python running `code`, its stderr a pipe."""
    command = [sys.executable, "-P", "-c", code, *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment, stderr=subprocess.PIPE, text=True, errors="replace")


def pass_on(messages: Iterable[str]) -> None:
    """Write each line of `messages` to stderr at once, without the noise."""
    for line in messages:
        if not line.startswith(NOISE):
            sys.stderr.write(line)
            sys.stderr.flush()


def explain_failure(root: Path) -> None:
    """After a failed build: say which notebooks raised what, and make sure that the next build does not pass on leftovers."""
    build = root / "_build"
    for report in sorted((build / "html" / "reports").rglob("*.log")):
        lines = report.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        name = report.relative_to(build / "html" / "reports").with_suffix("").as_posix()
        print(f"\n{name} failed:\n  " + "\n  ".join(lines[-25:]), file=sys.stderr)
    for folder in ("html", ".doctrees"):
        shutil.rmtree(build / folder, ignore_errors=True)
    print("\nThe book was NOT built: see the messages above.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
