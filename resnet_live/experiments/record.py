"""Run an experiment part by part, keep each part as it finishes, and write `recorded/NAME.json` with its provenance."""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from resnet_live.data.source import Source
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.training import checkpoint
from resnet_live.whole_file import write_whole

RECORDED = Path(__file__).parents[2] / "recorded"


@dataclass(frozen=True)
class Experiment:
    """`parts`: one callable per part (a seed, a variant), each returning a JSON-able dict; `data`: the images' Source; `trainer`:
    what trained the nets, in a few words (empty where the parts have trainers of their own).
    """

    name: str
    about: str
    data: Source
    parts: Mapping[str, Callable[[], dict]] = field(default_factory=dict)
    trainer: str = ""


def record(experiment: Experiment, folder: Path = RECORDED, say: Callable[[str], None] = print) -> Path:
    """Run the parts that are not finished yet, then write `folder/NAME.json` and return its path.

    Finished parts lie in `folder/.parts/`, and beside them the last epoch of the training in hand: an interrupted recording
    goes on where it stopped. A part is run again when the images, its arguments or the code that it rests on have changed.
    Parts are removed once the whole is written.
    Several processes may record one experiment together: a part that another one has in hand is left to it.
    """
    target = folder / f"{experiment.name}.json"
    parts_folder, files = _places(experiment, folder)
    for part in files:
        _run_part(experiment, files, part, say)
    with FileLock(parts_folder.with_suffix(".lock")):
        if not parts_folder.exists():  # another process was quicker, and has written the whole
            return target
        for part in files:
            _run_part(experiment, files, part, say, wait=True)
        _write(experiment, files, target)
        shutil.rmtree(parts_folder)
    parts_folder.with_suffix(".lock").unlink(missing_ok=True)
    return target


def record_part(experiment: Experiment, part: str, folder: Path = RECORDED, say: Callable[[str], None] = print) -> None:
    """Run one part and keep it for `record`, unless it is finished or another process has it in hand."""
    _run_part(experiment, _places(experiment, folder)[1], part, say)


def _run_part(
    experiment: Experiment, files: Mapping[str, Path], part: str, say: Callable[[str], None], wait: bool = False
) -> None:
    from resnet_live.profiles import device_name

    place = f"{experiment.name} {list(files).index(part) + 1}/{len(files)}: {part}"
    with suppress(Timeout), FileLock(files[part].with_suffix(".lock"), timeout=-1 if wait else 0):
        if not files[part].exists():
            say(f"{place} …")
            began = time.perf_counter()
            with checkpoint.kept_in(files[part].with_suffix(".training")):
                result = experiment.parts[part]()
            about = {
                "device": device_name(),
                "torch": version("torch"),
                "wall_s": round(time.perf_counter() - began, 1),
            }
            write_json(files[part], {**result, **about})
        elif not wait:
            say(f"{place} is there already")


def record_so_far(experiment: Experiment, folder: Path = RECORDED) -> Path:
    """Write `folder/NAME.json` of the parts that are finished, run none, and return its path; the parts stay for `record`.

    Raises FileNotFoundError when no part is finished: what was written before stays.
    """
    _, files = _places(experiment, folder)
    finished = {part: file for part, file in files.items() if file.exists()}
    if not finished:
        raise FileNotFoundError(
            f"No part of {experiment.name} is finished. Begin with: make record NAME={experiment.name}"
        )
    target = folder / f"{experiment.name}.json"
    _write(experiment, finished, target)
    return target


def _places(experiment: Experiment, folder: Path) -> tuple[Path, dict[str, Path]]:
    """The folder of the parts, which is made, and the file of each part."""
    parts_folder = folder / ".parts" / f"{experiment.name}-{checksum(experiment.data)[:8]}"
    parts_folder.mkdir(parents=True, exist_ok=True)
    return parts_folder, {
        part: parts_folder / f"{part}-{fingerprint(run, experiment.data)}.json"
        for part, run in experiment.parts.items()
    }


def _write(experiment: Experiment, files: Mapping[str, Path], target: Path) -> None:
    parts = {part: json.loads(file.read_text(encoding="utf-8")) for part, file in files.items()}
    made = provenance(experiment)
    # finished parts may have come from another machine
    made["device"] = _of_all(parts, "device", made["device"])
    made["versions"]["torch"] = _of_all(parts, "torch", made["versions"]["torch"])
    write_json(target, {"name": experiment.name, "about": experiment.about, **made, "parts": parts})


def _of_all(parts: Mapping[str, dict], fact: str, here: str) -> str:
    """What the parts say of `fact`, each answer once; `here` for parts that say nothing."""
    return " and ".join(sorted({part.get(fact, here) for part in parts.values()})) or here


def load(name: str, folder: Path = RECORDED) -> dict:
    """The recorded result `name`. Raises FileNotFoundError that says how to record it."""
    file = folder / f"{name}.json"
    if not file.exists():
        known = ", ".join(sorted(f.stem for f in folder.glob("*.json"))) or "nothing"
        raise FileNotFoundError(
            f"No recorded result {name!r} (recorded: {known}). Make it with: make record NAME={name}"
        )
    return json.loads(file.read_text(encoding="utf-8"))


def provenance(experiment: Experiment) -> dict:
    """Where a result comes from: command, date, commit, device, versions, data with checksum."""
    from resnet_live.page.provenance import LIBRARIES
    from resnet_live.profiles import device_name

    source = experiment.data
    return {
        "command": f"make record NAME={experiment.name}",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "device": device_name(),
        "versions": {name: version(name) for name in LIBRARIES},
        **({"trainer": experiment.trainer} if experiment.trainer else {}),
        "data": {
            "note": source.note,
            "train": len(source.train),
            "valid": len(source.valid),
            "checksum": checksum(source),
        },
    }


def cite(result: dict) -> str:
    """One line of words that says where a recorded result comes from; what was made without images has neither device nor data."""
    libraries = ", ".join(f"{name}\u00a0{number}" for name, number in result["versions"].items())
    precisions = " and ".join(
        sorted({part["precision"] for part in result.get("parts", {}).values() if "precision" in part})
    )
    by = result.get("trainer", "")
    on = f" on {result['device']}" if "device" in result else ""
    facts = [
        f"Recorded on {result['date']} with `{result['command']}`{on}",
        libraries,
        f"trained by {by}{f' in {precisions}' if precisions else ''}" if by else "",
        "{train:,} training and {valid:,} validation images".format(**result["data"]) if "data" in result else "",
    ]
    return f"{'; '.join(filter(None, facts))}."


def checksum(source: Source) -> str:
    """SHA-256 (16 hex digits) over the names and sizes of the images: the same data set gives the same digits."""
    digest = hashlib.sha256()
    for file in sorted((*source.train, *source.valid)):
        digest.update(f"{file.relative_to(source.path).as_posix()} {file.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]


def commit() -> str:
    """The commit of the working tree, `+` behind it when files differ from it; `unknown` outside a checkout."""
    try:
        run = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=RECORDED.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def write_json(file: Path, content: dict) -> None:
    """Write JSON, whole or not at all, into a folder that is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
