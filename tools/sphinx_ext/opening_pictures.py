"""The pictures of the opening page: the block as emblem, and one small sketch a chapter, in the colours of the course.

Sketches show an idea and hold no result. Coordinates are units of the view box; on the page a unit of a sketch is a pixel.
"""

import math

from resnet_live.models import named_resnet
from resnet_live.training.one_cycle_schedule import one_cycle
from resnet_live.widgets.drawing import svg

WIDTH, HEIGHT = 240, 96


def sketch(alt: str, *shapes: str) -> str:
    """A sketch for a card; `alt` says in words what it shows."""
    return svg.picture(HEIGHT, alt, *shapes, style="rl-sketch m", width=WIDTH)


def arrow(x: float, y: float, to: float, style: str = "ink") -> str:
    """A horizontal arrow from (x, y) to (to, y)."""
    return svg.path(f"M{x} {y}H{to}m-6-5l6 5l-6 5", f"{style} s w")


def emblem() -> str:
    """The residual block of the logo, large, with what passes at each place."""
    return svg.picture(
        270,
        "A residual block. From x, a blue path leads through two weight layers to F(x); an orange path leads round them, "
        "the skip path. Both meet at a plus sign, and F(x) + x goes on.",
        svg.path("M90 26V62M90 96V116M90 150V180", "residual s w"),
        svg.path("M90 40H142a24 24 0 0 1 24 24V172a24 24 0 0 1-24 24H107", "skip s w"),
        svg.path("M114 190l-8 6l8 6", "skip s w"),
        *(svg.path(f"M38 {y}h104v34h-104z", "residual t") for y in (62, 116)),
        *(svg.text(90, y, "weight layer") for y in (84, 138)),
        svg.path("M90 212V246M84 239l6 8l6-8", "ink s w"),
        svg.dot(90, 196, "ink t", 16),
        svg.path("M90 188v16M82 196h16", "ink s w"),
        svg.text(90, 18, "x", "b"),
        svg.text(70, 176, "F(x)", "b"),
        svg.text(172, 36, "x itself"),
        svg.text(90, 264, "F(x) + x", "b"),
        style="rl-emblem m",
        width=210,
    )


def batch() -> str:
    """Chapter 1: pictures of three classes become one batch."""
    frames = [
        (14, 34, "M22 72V54l9-8l9 8v18zM31 46v-9M27 40h8"),  # a church
        (62, 26, "M70 46a15 12 0 0 1 30 0zM70 46l15 18l15-18M85 46v18"),  # a parachute
        (110, 18, "M121 42a13 13 0 1 0 26 0a13 13 0 1 0-26 0M128 38h1M136 36h1M132 44h1M140 44h1"),  # a golf ball
    ]
    return sketch(
        "Three pictures, a church, a parachute and a golf ball, lie behind each other: a batch, N×C×H×W.",
        *(
            svg.path(svg.box(x, y, 48, 48), "neutral t") + svg.path(mark, f"{colour} s")
            for (x, y, mark), colour in zip(frames, ("residual", "skip", "ok"), strict=True)
        ),
        arrow(168, 48, 184),
        *(svg.path(svg.box(192 + 5 * n, 36 - 6 * n, 28, 28), "residual t") for n in (2, 1, 0)),
    )


def any_size() -> str:
    """Chapter 2: maps of different sizes, one average, ten numbers."""
    return sketch(
        "Images of three different sizes go through one average and give ten numbers.",
        svg.path(svg.box(10, 10, 74, 74), "neutral t"),
        svg.path(svg.box(10, 34, 62, 50), "neutral t"),
        svg.path(svg.box(10, 54, 30, 30), "neutral t"),
        arrow(90, 48, 106),
        svg.path(svg.box(112, 34, 28, 28), "residual t"),
        svg.text(126, 53, "x̄", "b"),
        arrow(146, 48, 162),
        svg.path("".join(svg.box(172, 3 + 9 * n, 12, 8) for n in range(10)), "residual d"),
        svg.text(200, 52, "10", "b"),
    )


def training() -> str:
    """Chapter 3: the learning rate of the course's own schedule rises and falls, and the loss comes down."""
    import torch

    steps, rate = 60, []
    optimiser = torch.optim.SGD([torch.zeros(1)])
    schedule = one_cycle(optimiser, steps, lr_max=1.0)
    for _ in range(steps):
        rate.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    rate.append(schedule.get_last_lr()[0])
    # no measurement: an exponential that wobbles
    loss = [0.08 + 0.84 * math.exp(-n / 14) + 0.05 * math.sin(2.1 * n) * math.exp(-n / 40) for n in range(steps + 1)]
    return sketch(
        "A sketch of a training: the learning rate rises and then falls, and the loss comes down.",
        svg.path("M16 4V90H230", "neutral s"),
        svg.path(svg.curve((18 + n * 3.4, 88 - 74 * value) for n, value in enumerate(rate)), "skip s w"),
        svg.path(svg.curve((18 + n * 3.4, 88 - 82 * value) for n, value in enumerate(loss)), "residual s w"),
        svg.text(176, 24, "learning rate"),
        svg.text(216, 66, "loss"),
    )


def depth() -> str:
    """Chapter 4: a net with 20 layers and one with 56: which is better?"""

    def layers(x: float, count: int) -> str:
        return svg.path("".join(f"M{x + 2.6 * n:.1f} 30v44" for n in range(count)), "residual s")

    return sketch(
        "Two plain networks, one with 20 layers and one with 56, and a question mark behind the deeper one.",
        layers(10, 20),
        layers(72, 56),
        svg.text(35, 20, "20 layers"),
        svg.text(144, 20, "56 layers"),
        svg.dot(228, 52, "error t", 11),
        svg.text(228, 57, "?", "b"),
    )


def _block(top: str, below: str, fixed: bool) -> list[str]:
    """A block on its side, with the shapes at the ends of both paths: F(x) on top, the skip path below, and what the sum does."""
    colour = "ok" if fixed else "error"
    return [
        svg.text(10, 53, "x", "b"),
        svg.path("M30 48V28H44M96 28H110M162 28H186V37", "residual s w"),
        svg.path("M30 48V72" + ("H44M96 72H110M162 72" if fixed else "") + "H186V59", "skip s w"),
        svg.path("M18 48H30", "ink s w"),
        svg.path(svg.box(44, 16, 52, 24), "residual t"),
        svg.path(svg.box(110, 16, 52, 24), "residual t"),
        svg.text(70, 32, "conv"),
        svg.text(136, 32, "conv"),
        svg.text(238, 18, top, "k e"),
        svg.text(238, 92, below, "k e"),
        svg.dot(186, 48, f"{colour} t", 11),
        svg.text(186, 53, "+", "b"),
        arrow(197, 48, 220, colour) if fixed else svg.path("M206 42l12 12M218 42l-12 12", f"{colour} s w"),
    ]


def naive_block() -> str:
    """Chapter 5: x passes unchanged and does not fit F(x)."""
    return sketch(
        "A block: F(x) through two convolutions, x on the skip path unchanged. Their shapes differ, and the sum fails.",
        *_block("32×64×64", "3×128×128", fixed=False),
        svg.text(104, 66, "x unchanged"),
    )


def fixed_block() -> str:
    """Chapter 6: a pool and a 1×1 convolution on the skip path."""
    return sketch(
        "The same block with an average pool and a 1×1 convolution on the skip path. Both paths have the same shape; the sum works.",
        *_block("32×64×64", "32×64×64", fixed=True),
        svg.path(svg.box(44, 60, 52, 24) + svg.box(110, 60, 52, 24), "skip t"),
        svg.text(70, 76, "pool"),
        svg.text(136, 76, "1×1"),
    )


def stacked_blocks() -> str:
    """Chapter 7: the blocks of ResNet-18, each with its skip path, counted in the model itself."""
    import torch

    with torch.device("meta"):  # nothing is initialised, nothing is computed
        model = named_resnet("resnet18")
    stages = [getattr(model, f"layer{n}") for n in (1, 2, 3, 4)]
    shapes, x = [], 12.0
    for depth, blocks in enumerate(stages):
        tall = 52 - 11 * depth
        for block in blocks:
            shapes.append(svg.path(svg.box(x, 84 - tall, 18, tall), "residual t"))
            kind = "dash" if block.downsample is not None else "s w"
            shapes.append(svg.path(f"M{x - 3} {84 - tall / 2}V{72 - tall}h24V{84 - tall / 2}", f"skip {kind}"))
            x += 28
    count = sum(map(len, stages))
    return sketch(
        f"The {count} blocks of ResNet-18 in four stages, each with its skip path; the path is dashed where it has a fix.",
        *shapes,
    )


def loop() -> str:
    """Chapter 8: the lines of a training step, in a circle."""
    words = (("scores", 60, 20), ("loss", 180, 20), ("backward", 180, 66), ("step", 60, 66))
    return sketch(
        "A training step as a loop: scores, loss, backward, step, and again from the start.",
        *(svg.path(svg.box(x - 38, y, 76, 26), "residual t") + svg.text(x, y + 18, word) for word, x, y in words),
        arrow(98, 33, 138),
        svg.path("M180 46v18m-5-6l5 6l5-6", "ink s w"),
        svg.path("M142 79H102m6-5l-6 5l6 5", "ink s w"),
        svg.path("M60 66v-18m-5 6l5-6l5 6", "ink s w"),
    )


def ladder() -> str:
    """Chapter 9: one change a step."""
    rungs = ("deep stem", "blocks", "skip path", "training")
    return sketch(
        "A ladder with a change on each rung: deep stem, blocks, skip path, training.",
        svg.path("M70 4V92M170 4V92", "neutral s w"),
        *(
            svg.path(svg.box(70, 72 - 22 * n, 100, 19), "extra t") + svg.text(120, 86 - 22 * n, word)
            for n, word in enumerate(rungs)
        ),
        svg.path("M194 84V14m-6 8l6-8l6 8", "ink s w"),
    )


PICTURES = {
    "emblem": emblem,
    "chapter-1": batch,
    "chapter-2": any_size,
    "chapter-3": training,
    "chapter-4": depth,
    "chapter-5": naive_block,
    "chapter-6": fixed_block,
    "chapter-7": stacked_blocks,
    "chapter-8": loop,
    "chapter-9": ladder,
}
