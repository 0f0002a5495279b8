"""Build the book: find the images, fetch the scripts, make the instructor's pages, execute and render, check the result.

    python tools/build_book.py [folder of the book]

Exit code 0 only when every page of _toc.yml was built without an error or a warning, every internal link leads somewhere
and no page is heavier than the limit.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import build_cache
import check_links
import instructor_pages
import vendor_assets

from resnet_live.live.chapter import LiveError

PAGE_LIMIT_BYTES = 1_500_000


def main() -> int:
    """Parse the command line, build, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1], help="folder with _config.yml")
    root = parser.parse_args().root.resolve()
    began = time.perf_counter()
    environment, facts = surroundings()
    offline = vendor_assets.vendor()
    try:
        instructor_pages.before_build(root)
    except LiveError as error:
        sys.exit(f"The pages for instructors cannot be made: {error}")
    forget_stale(root, [*facts, f"offline={offline}"])
    if not run_jupyter_book(root, environment):
        explain_failure(root)
        return 1
    html = root / "_build" / "html"
    instructor_pages.after_build(root, offline)
    problems = check_links.missing_pages(root, html) + check_links.broken_links(html) + heavy_pages(root, html)
    if problems:
        print("\nThe book was built, but it is not right:\n  " + "\n  ".join(problems), file=sys.stderr)
        return 1
    print_weights(root, html)
    print(
        f"Built in {time.perf_counter() - began:.0f} s. Open {html / (check_links.expected_pages(root)[0] + '.html')}"
    )
    return 0


def surroundings() -> tuple[dict[str, str], list[str]]:
    """Settle images, profile and device once for all notebooks: (their environment, the facts their outputs rest on)."""
    from resnet_live import data, profiles

    try:
        profile, source = profiles.current(), data.find_source()
    except (data.DataError, ValueError) as error:
        sys.exit(f"The book cannot be built: {error}")
    print(f"Images: {source.note}\nProfile: {profile.name}, on {profiles.device()}")
    environment = dict(os.environ, RESNET_LIVE_PROFILE=profile.name, PYTHONHASHSEED="0")
    # Kernels on our own interpreter, whatever else is installed on the machine.
    environment["PATH"] = str(Path(sys.executable).parent) + os.pathsep + environment["PATH"]
    count = f"{len(source.train)}+{len(source.valid)}"
    return environment, [profile.name, profiles.device().type, source.kind, str(source.path), count, sys.version]


def forget_stale(root: Path, facts: list[str]) -> None:
    """Throw away executed notebooks and rendered pages that rest on something that has changed since."""
    build = root / "_build"
    executed = build_cache.executed_key(root, facts)
    if build_cache.drop_stale(build / ".jupyter_cache", build / "executed.key", executed):
        print("Package, recorded results, versions, profile or images have changed: every notebook runs again.")
    # A page rendered from an older execution is stale too, so the one key goes into the other.
    rendered = build_cache.rendered_key(root, [executed, *facts])
    for folder in ("html", ".doctrees"):
        build_cache.drop_stale(build / folder, build / f"rendered-{folder.strip('.')}.key", rendered)


def run_jupyter_book(root: Path, environment: dict[str, str]) -> bool:
    """Run `jupyter-book build` with its progress shown; False when it failed."""
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        str(root),
        "-W",
        "--keep-going",
    ]
    return subprocess.run(command, cwd=root, env=environment).returncode == 0


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


def weights(root: Path, html: Path) -> dict[str, int]:
    """Bytes of each page of _toc.yml: its HTML, with widget states, and the images it shows; without shared scripts."""
    found = {}
    for page in check_links.expected_pages(root):
        file = html / f"{page}.html"
        images = {(file.parent / link) for link in check_links.Page(file).links if "_images/" in link}
        found[page] = file.stat().st_size + sum(image.stat().st_size for image in images if image.exists())
    return found


def heavy_pages(root: Path, html: Path) -> list[str]:
    """One message for each page above the limit."""
    limit = f"{PAGE_LIMIT_BYTES / 1e6:.1f} MB"
    built = {page for page in check_links.expected_pages(root) if (html / f"{page}.html").exists()}
    if len(built) < len(check_links.expected_pages(root)):
        return []
    found = weights(root, html)
    return [
        f"{page}: {size / 1e6:.2f} MB, the limit is {limit}" for page, size in found.items() if size > PAGE_LIMIT_BYTES
    ]


def print_weights(root: Path, html: Path) -> None:
    """Show how heavy each page is."""
    print("\nPage weights:")
    for page, size in weights(root, html).items():
        print(f"  {size / 1e3:7.0f} kB  {page}")


if __name__ == "__main__":
    sys.exit(main())
