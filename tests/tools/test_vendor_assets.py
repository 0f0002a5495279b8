"""Fetching the pages' scripts, with a program of ours in npm's place."""

import base64
import hashlib
import io
import sys
import tarfile

import pytest
import vendor_assets


def archive(**files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo("package/" + name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Stands in for npm: `npm pack` drops the archive `served` and prints its name."""
    served = tmp_path / "served.tgz"
    program = tmp_path / "npm.py"
    program.write_text(f"import shutil; shutil.copy({str(served)!r}, 'x-1.tgz'); print('x-1.tgz')")
    monkeypatch.setattr(vendor_assets, "find_npm", lambda say=print: [sys.executable, str(program)])
    content = archive(**{"dist/a.js": "a", "dist/b.txt": "b", "dist/../../out.js": "x"})
    served.write_bytes(content)
    digest = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    package = {"package": "x@1", "integrity": digest, "files": r"dist/[a-z]+\.js$", "below": "dist/"}
    monkeypatch.setattr(vendor_assets, "PACKAGES", {"x": package})
    return served


def test_only_the_files_asked_for_are_kept(tmp_path, npm):
    assets = tmp_path / "cache" / "assets"
    assert vendor_assets.vendor(assets, say=lambda _: None)
    assert sorted(f.relative_to(assets).as_posix() for f in assets.rglob("*") if f.is_file()) == ["done", "x/a.js"]


def test_a_second_time_nothing_is_fetched(tmp_path, npm):
    vendor_assets.vendor(tmp_path / "assets", say=lambda _: None)
    npm.unlink()
    assert vendor_assets.vendor(tmp_path / "assets", say=lambda _: None)


def test_an_archive_that_was_tampered_with_is_refused(tmp_path, npm):
    npm.write_bytes(archive(**{"dist/a.js": "evil"}))
    said = []
    assert not vendor_assets.vendor(tmp_path / "assets", say=said.append)
    assert "SHA-512 differs" in said[-1]
    assert not (tmp_path / "assets").exists()


def test_without_npm_it_says_what_to_install(tmp_path, monkeypatch):
    def nothing(say=print):
        raise vendor_assets.VendorError("there is no npm. Install Node.js")

    monkeypatch.setattr(vendor_assets, "find_npm", nothing)
    said = []
    assert not vendor_assets.vendor(tmp_path / "assets", say=said.append)
    assert "need a network" in said[-1] and "Install Node.js" in said[-1]
