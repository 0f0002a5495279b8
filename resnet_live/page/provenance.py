"""Where the numbers of a page come from: data, device, profile and the versions of the libraries."""

from html import escape
from importlib.metadata import version

from resnet_live import profiles
from resnet_live.data.source import Source, SourceKind
from resnet_live.figures import Picture
from resnet_live.page.message import message

LIBRARIES = ("torch", "torchvision", "fastai")
DRAWN = (
    "The images of this run are drawings, made by the package in place of photographs. The text was written for photographs: "
    "where it says something else than the results beside it, believe the results."
)


def provenance(source: Source, profile: profiles.Profile | None = None) -> Picture:
    """The line every page that trains carries; it opens on data, device, profile and library versions. Drawn images are said openly.

    `source`: what `resnet_live.data.find_source()` returned, or its subset; `profile`: default the current one.
    """
    profile = profile or profiles.current()
    facts = {
        "Data": f"{len(source.train):,} training and {len(source.valid):,} validation images; {source.note}",
        "Device": profiles.device_name(),
        "Profile": f"{profile.name}: {profile.epochs} epoch{'s' * (profile.epochs != 1)} at {profile.size} px",
        "Versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    words = "; ".join(f"{name}: {value}" for name, value in facts.items())
    line = f"{len(source.train):,} training images, profile {profile.name}, {profiles.device_name()}"
    summary = f"<summary>Where the numbers of this page come from: {escape(line)}</summary>"
    told = message(*[DRAWN] * (source.kind is SourceKind.STANDIN))
    html = f'{told.html}<details class="rl-ran-on">{summary}<dl>{rows}</dl></details>'
    return Picture(html, f"{told!r}\n{words}".lstrip())
