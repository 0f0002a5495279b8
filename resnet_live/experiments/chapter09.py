"""Chapter 9: an ablation of recipes on Imagenette, 128 px, five epochs; each step adds one thing to the one below it.

The chapter draws the steps as a ladder. Beside it stand the things that were tried on one of its steps, each by itself.
A run costs about 250 CPU seconds with the narrow net, 400 with the one twice as wide, 1,000 with ResNet-18's own width, more with
the wider ones, and four times as much with twenty epochs; on an H200 half a minute, or two. What was recorded so far is shown;
`resnet-live record chapter09 --so-far` writes that.

Where the steps come from: blur, Zhang 2019; alternating flip and whitening, Jordan 2024; averaged weights, Izmailov et al. 2018;
growing crops, Howard 2018; the crops of the last epochs, Touvron et al. 2019; squeeze and excitation, Hu et al. 2018.
"""

from dataclasses import dataclass, replace
from functools import partial

from resnet_live.data.source import Source
from resnet_live.experiments.compare_runs import right_by_image
from resnet_live.experiments.record import Experiment
from resnet_live.models.modern import Design, ModernResNet
from resnet_live.training import trainer
from resnet_live.training.trainer import Recipe

# The best entries of the public leaderboard for 128 px (README of https://github.com/fastai/imagenette): epochs → accuracy.
# The notebook behind them loads the images of 320 px.
LEADERBOARD = {5: 0.8743, 20: 0.9157, 80: 0.9355, 200: 0.9424}

NARROW, HALF, FULL, WIDE = (16, 32, 64, 128), (32, 64, 128, 256), (64, 128, 256, 512), (96, 192, 384, 768)


@dataclass(frozen=True)
class RecipeStep:
    """A step of the ablation: `key` in the file, `name` and what it `adds` for people, what to train, with which seeds.

    `changes`: "network" or "training" (the first step changes nothing). `below`: the key of the step that it is compared
    with, where that is not the one before it (else empty).
    """

    key: str
    name: str
    adds: str
    changes: str
    design: Design
    recipe: Recipe
    seeds: tuple[int, ...] = (0,)
    below: str = ""


_bare = Design(widths=NARROW)
_stem = replace(_bare, deep_stem=True)
_pool = replace(_stem, pooled_skip=True)
_half = replace(_pool, widths=HALF)
_full = replace(_pool, widths=FULL)
_blur = replace(_full, blur=True)
_first = Recipe(optimiser="adamw", lr=3e-3, schedule="one_cycle")
_soft = replace(_first, label_smoothing=0.1)
_flat = replace(_soft, schedule="flat_cosine")
_muon = replace(_soft, optimiser="muon", lr=0.02, schedule="flat_cosine")
_calm = replace(_muon, scale=(0.6, 1.0))
_mean = replace(_calm, average=0.99)
_turn = replace(_mean, alternate=True)
_near = replace(_turn, last_scale=(0.9, 1.0))
_white = replace(_near, whiten=True)
_wide = replace(_blur, widths=WIDE)

_SEEDS = (0, 1, 2, 3, 4)
_LONG_SEEDS = (0, 1, 2)  # a run of twenty epochs costs as much as four of the others
_OTHER = (10,)  # the search for the last steps looked at seeds that the ladder does not show


def _step(
    key: str,
    name: str,
    adds: str,
    changes: str,
    design: Design,
    recipe: Recipe,
    below: str = "",
    seeds: tuple[int, ...] = _SEEDS,
) -> RecipeStep:
    return RecipeStep(key, name, adds, changes, design, recipe, seeds, below)


_course = "chapter 7's net at a quarter of the width, trained as in chapter 3"
_turning = "an optimiser that turns every direction of a layer equally"
LADDER = [
    _step("resnet", "narrow ResNet-18", _course, "", _bare, _first),
    _step("stem", "+ deep stem", "three 3×3 convolutions in place of the 7×7", "network", _stem, _first),
    _step("pool", "+ pooled skip", "an average pool before each strided 1×1 (ResNet-D)", "network", _pool, _first),
    _step("smooth", "+ label smoothing", "a tenth of the certainty goes to all classes", "training", _pool, _soft),
    _step("flat", "+ flat, then cosine", "the full learning rate for most of the run", "training", _pool, _flat),
    _step("muon", "+ Muon", _turning, "training", _pool, _muon),
    _step("calm", "+ gentler crops", "crops show at least three fifths of the image", "training", _pool, _calm),
    _step("half", "+ twice as wide", "half of ResNet-18's channels", "network", _half, _calm),
    _step("full", "+ as wide again", "all of ResNet-18's channels", "network", _full, _calm),
    _step("blur", "+ blur", "each stride behind the first looks at a blurred map", "network", _blur, _calm),
    _step("mean", "+ averaged weights", "the moving average of the weights is tested", "training", _blur, _mean),
    _step("turn", "+ alternating flip", "each image is mirrored in every other epoch", "training", _blur, _turn),
    _step("near", "+ whole at the end", "the last fifth of the epochs crops little", "training", _blur, _near),
    _step("white", "+ whitening stem", "the first convolution is computed, not learned", "training", _blur, _white),
    _step("wide", "+ wider by half", "one and a half times ResNet-18's channels", "network", _wide, _white),
]

_bottle = replace(_pool, bottleneck=True)
_squeeze = replace(_pool, squeeze=True)
_mixed = replace(_calm, mixup=0.4)
_long = replace(_calm, epochs=20)
_fast, _slow, _brief = replace(_near, lr=0.03), replace(_near, lr=0.013), replace(_near, momentum=0.9)
_wider = replace(_blur, widths=tuple(2 * width for width in FULL))
_excite = "each channel is weighed by a small net"
TRIES = [
    _step("bottle", "bottlenecks", "1×1, 3×3, 1×1, four times the channels", "network", _bottle, _calm, "calm"),
    _step("squeeze", "squeeze and excite", _excite, "network", _squeeze, _calm, "calm"),
    _step("mixup", "Mixup", "pairs of images and labels, mixed (α = 0.4)", "training", _pool, _mixed, "calm"),
    _step(
        "long", "four times as long", "twenty epochs in place of five", "training", _pool, _long, "calm", _LONG_SEEDS
    ),
    _step("weighed", "squeeze, wider", _excite, "network", replace(_half, squeeze=True), _calm, "half"),
    _step(
        "small", "smaller batches", "32 images in place of 64", "training", _half, replace(_calm, batch_size=32), "half"
    ),
    _step(
        "grow",
        "growing crops",
        "96 px in the first half, 128 px then",
        "training",
        _half,
        replace(_calm, sizes=(96, 128)),
        "half",
    ),
    _step("fast", "a higher rate", "0.03 in place of 0.02", "training", _blur, _fast, "near", _OTHER),
    _step("slow", "a lower rate", "0.013 in place of 0.02", "training", _blur, _slow, "near", _OTHER),
    _step("brief", "less momentum", "0.9 in place of 0.95", "training", _blur, _brief, "near", _OTHER),
    _step("fine", "finer maps", "a stem without its pool", "network", replace(_blur, fine=True), _near, "near", _OTHER),
    _step("wider", "wider still", "twice ResNet-18's channels", "network", _wider, _white, "wide", (10, 11)),
    _step(
        "wide-long",
        "the last, longer",
        "twenty epochs in place of five, crops from 0.35 of the image on",
        "training",
        _wide,
        replace(_white, epochs=20, scale=(0.35, 1.0)),
        "wide",
        _LONG_SEEDS,
    ),
]

# What the page trains: small enough for a reader's machine.
QUICK_DESIGN, QUICK = _pool, _calm


def experiment(source: Source) -> Experiment:
    """All runs on `source`: first every step and every try once, then the further seeds."""
    runs = sorted(((step, seed) for step in [*LADDER, *TRIES] for seed in step.seeds), key=lambda run: run[1])
    # The trainer itself is each part's function: a step more or fewer leaves the finished parts of the others valid.
    parts = {
        f"{step.key}-{seed}": partial(trainer.run, source, partial(ModernResNet, step.design), step.recipe, seed)
        for step, seed in runs
    }
    return Experiment(
        "chapter09", "A ladder of recipes at 128 px; each step adds one thing.", source, parts, "the course's own loop"
    )


@dataclass(frozen=True)
class RecordedStep:
    """A step or a try as it was recorded: `name` and what it `adds` to the recorded step below it, its `runs`, one a seed.

    Where steps between the two were not recorded, `adds` names what they add, too, and the name begins with "…". `below`: the name
    of the step that a try, or a step that tries stand on, is to be compared with; empty for the steps of the ladder.
    """

    step: RecipeStep
    name: str
    adds: str
    runs: list[dict]
    below: str = ""

    @property
    def accuracies(self) -> list[float]:
        """The validation accuracy (a fraction) at the end of each run."""
        return [run["epochs"][-1]["valid_accuracy"] for run in self.runs]

    def right(self, images: int) -> list[float]:
        """For each of the `images` for validation: the share of the runs that are right on it. Empty where none kept its answers."""
        return right_by_image([run["right"] for run in self.runs if "right" in run], images)


def results(recorded: dict) -> list[RecordedStep]:
    """The steps of the ladder that were recorded, lowest first."""
    found, waiting = [], []
    for step in LADDER:
        waiting.append(step.adds)
        if runs := _runs(step, recorded):
            together = len(waiting) > 1
            adds = "; ".join(waiting) + (": all at once" if together else "")
            found.append(RecordedStep(step, f"… {step.name}" if together else step.name, adds, runs))
            waiting = []
    return found


def tries(recorded: dict) -> list[RecordedStep]:
    """What was tried beside the ladder and recorded, each behind the step that it is compared with.

    These steps themselves are compared with the first of them.
    """
    by_key = {step.key: step for step in LADDER}
    found: list[RecordedStep] = []
    for step in TRIES:
        below = by_key[step.below]
        if (runs := _runs(step, recorded)) and (ground := _runs(below, recorded)):
            if below not in [result.step for result in found]:
                found.append(RecordedStep(below, below.name, below.adds, ground, found[0].name if found else ""))
            found.append(RecordedStep(step, step.name, step.adds, runs, below.name))
    return found


def not_recorded(recorded: dict) -> list[str]:
    """The names of the steps and tries of which no run was recorded."""
    return [f"“{step.name}”" for step in [*LADDER, *TRIES] if not _runs(step, recorded)]


def _runs(step: RecipeStep, recorded: dict) -> list[dict]:
    keys = [f"{step.key}-{seed}" for seed in step.seeds]
    return [recorded["parts"][key] for key in keys if key in recorded["parts"]]
