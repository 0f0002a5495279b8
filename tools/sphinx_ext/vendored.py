"""Where the files lie that pages need and nobody commits (tools/vendor_assets.py fetches them)."""

from pathlib import Path

ASSETS = Path(__file__).parents[2] / ".cache" / "offline-assets"
