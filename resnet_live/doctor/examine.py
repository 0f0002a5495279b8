"""Ask all groups of questions, side by side."""

from __future__ import annotations

import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, Sequence  # noqa: UP035 - Python 3.8

from resnet_live.doctor import (
    gpu_health,
    image_health,
    kernel_health,
    network_health,
    package_health,
    port_health,
    program_health,
    python_health,
    sandbox_health,
    setting_health,
    storage_health,
)
from resnet_live.doctor.diagnosis import INSTALL, Diagnosis, Health, Use, note

GROUPS: dict[str, ModuleType] = {
    "Python": python_health,
    "Packages": package_health,
    "GPU": gpu_health,
    "Programs": program_health,
    "Sandbox": sandbox_health,
    "Disk": storage_health,
    "Images": image_health,
    "Network": network_health,
    "Kernel": kernel_health,
    "Ports": port_health,
    "Settings": setting_health,
}


def examine() -> list[Diagnosis]:
    """All diagnoses, in the order of `GROUPS`."""
    with ThreadPoolExecutor(len(GROUPS)) as pool:
        return [one for found in pool.map(_look, GROUPS) for one in found]


def _look(name: str) -> list[Diagnosis]:
    """A group that fails says so: the doctor does not die of what it examines."""
    try:
        found: list[Diagnosis] = GROUPS[name].look()
        return found
    except ImportError as error:
        return [note(name, f"cannot be examined before the packages are whole ({error})", INSTALL)]
    except Exception as error:
        kind = type(error).__name__
        return [note(name, f"could not be examined: {kind}: {error}", "The other lines stand. Please report this one.")]


def possible(found: Sequence[Diagnosis]) -> dict[Use, bool]:
    """Which uses nothing stops."""
    stopped = {use for one in found if one.health is Health.PROBLEM for use in one.stops}
    return {use: use not in stopped for use in Use}


def as_data(found: Sequence[Diagnosis]) -> dict[str, Any]:
    """For programs; the keys are a contract."""
    return {
        "version": 1,
        "python": platform.python_version(),
        "platform": sys.platform,
        "can": {use.value: able for use, able in possible(found).items()},
        "diagnoses": [
            {
                "subject": one.subject,
                "health": one.health.value,
                "says": one.says,
                "remedy": one.remedy,
                "stops": [use.value for use in one.stops],
            }
            for one in found
        ],
    }
