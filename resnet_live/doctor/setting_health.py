"""Environment variables that say something the course cannot follow."""

from __future__ import annotations

import os

from resnet_live.doctor.diagnosis import Diagnosis, Use, fine, problem

USES = (Use.READ, Use.SOLVE, Use.TEACH, Use.RECORD)


def look() -> list[Diagnosis]:
    """The variables that choose among few values."""
    from resnet_live.profiles import ENV, PROFILES

    named = os.environ.get(ENV, "").strip()
    if named and named not in PROFILES:
        return [problem("Settings", f"{ENV}={named} is no profile", f"Unset it, or: {', '.join(PROFILES)}.", *USES)]
    return [
        fine("Settings", ", ".join(sorted(name for name in os.environ if name.startswith("RESNET_LIVE_"))) or "none")
    ]
