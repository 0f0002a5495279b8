"""Where the numbers of a page come from: data, device, profile, trainer and the versions of the libraries."""

from enum import Enum
from html import escape
from importlib.metadata import version

from resnet_live import devices, profiles
from resnet_live.data.source import Source, SourceKind
from resnet_live.figures import Picture
from resnet_live.page.message import message

LIBRARIES = ("torch", "torchvision", "fastai")
DRAWN = (
    "The images of this run are drawings, made by the package in place of photographs. The text was written for photographs: "
    "where it says something else than the results beside it, believe the results."
)


class Trainer(Enum):
    """What trains the nets of a page; one of a page's own numbers and one of another trainer's are no fair comparison."""

    LEARNER = "fastai's Learner"
    LOOP = "the course's own loop"
    BOTH = "fastai's Learner and the page's own loop"


def provenance(source: Source, profile: profiles.Profile | None = None, trainer: Trainer | None = None) -> Picture:
    """The line every page that trains carries; it opens on data, device, profile, trainer and library versions.

    `source`: what `resnet_live.data.find_source()` returned, or its subset, drawn images are said openly; `profile`: default the
    current one; `trainer`: what trains, shown with its precision on this machine, `None` on a page that trains nothing.
    """
    profile = profile or profiles.current()
    facts = {
        "Data": f"{len(source.train):,} training and {len(source.valid):,} validation images; {source.note}",
        "Device": profiles.device_name(),
        "Profile": f"{profile.name}: {profile.epochs} epoch{'s' * (profile.epochs != 1)} at {profile.size} px",
        **({"Trainer": f"{trainer.value} in {_precision(trainer)}"} if trainer else {}),
        "Versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    words = "; ".join(f"{name}: {value}" for name, value in facts.items())
    line = f"{len(source.train):,} training images, profile {profile.name}, {profiles.device_name()}"
    summary = f"<summary>Where the numbers of this page come from: {escape(line)}</summary>"
    told = message(*[DRAWN] * (source.kind is SourceKind.STANDIN))
    html = f'{told.html}<details class="rl-ran-on">{summary}<dl>{rows}</dl></details>'
    return Picture(html, f"{told!r}\n{words}".lstrip())


def _precision(trainer: Trainer) -> str:
    """The course's own loop takes the precision that is faster on this machine; the others always compute in float32."""
    return devices.precision_for(profiles.device()) if trainer is Trainer.LOOP else "float32"
