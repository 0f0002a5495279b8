"""Environment variables that say something the course cannot follow."""

from __future__ import annotations

import os

from resnet_live.doctor.diagnosis import Diagnosis, Use, fine, problem

USES = (Use.READ, Use.SOLVE, Use.TEACH, Use.RECORD)


def look() -> list[Diagnosis]:
    """The variables that choose among few values, and the share of a GPU."""
    from resnet_live import devices, profiles

    found = []
    for variable, choices in ((profiles.ENV, tuple(profiles.PROFILES)), (devices.ENV, devices.KINDS)):
        named = os.environ.get(variable, "").strip()
        if named and named not in choices:
            says = f"{variable}={named} is none that there is"
            found.append(problem("Settings", says, f"Unset it, or set it to one of {', '.join(choices)}.", *USES))
    try:
        devices.gpu_share()
    except devices.DeviceError as error:
        found.append(problem("Settings", str(error).split(". ")[0], "Unset it, or set it to a number like 0.25."))
    if found:
        return found
    return [
        fine("Settings", ", ".join(sorted(name for name in os.environ if name.startswith("RESNET_LIVE_"))) or "none")
    ]
