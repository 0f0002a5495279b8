"""The ten things of Imagenette as simple shapes: each function draws one with `pen`, in colours that chance picks.

The colours are free on purpose: a network has to learn shapes and textures, the mean colour gives a class away hardly at all.
"""

from collections.abc import Callable

import numpy as np

from resnet_live.data.synthetic.pen import Colour, Pen, arc

Random = np.random.Generator


def any_colour(rng: Random, low: int = 25, high: int = 235) -> Colour:
    """A random colour, each channel from `low` to `high` of 255."""
    red, green, blue = rng.integers(low, high, 3).tolist()
    return red, green, blue


def shade(colour: Colour, by: float) -> Colour:
    """A lighter (`by` > 1) or darker (`by` < 1) version of `colour`."""
    red, green, blue = (int(min(255, max(0, c * by))) for c in colour)
    return red, green, blue


def contrast(rng: Random, colour: Colour) -> Colour:
    """A random colour that stands off from `colour` in brightness."""
    bright = sum(colour) / 3 > 125
    return any_colour(rng, 10, 90) if bright else any_colour(rng, 165, 250)


def tench(pen: Pen, rng: Random) -> None:
    """A fish: an oval body, a forked tail, fins, scales, an eye."""
    body = any_colour(rng)
    fin, height = shade(body, 0.7), rng.uniform(0.3, 0.45)
    pen.polygon([(-0.55, 0), (-1, 0.42), (-0.88, 0), (-1, -0.42)], fin)
    pen.polygon([(-0.3, height * 0.8), (0, height + 0.25), (0.35, height * 0.8)], fin)
    pen.polygon([(-0.1, -height * 0.8), (-0.15, -height - 0.22), (0.2, -height * 0.8)], fin)
    pen.oval(0.08, 0, 0.78, height, body)
    scale = shade(body, rng.choice([0.75, 1.3]))
    for x in np.arange(-0.45, 0.4, 0.17).tolist():
        for y in np.arange(-0.24, 0.3, 0.16).tolist():
            if ((x - 0.08) / 0.78) ** 2 + (y / height) ** 2 < 0.7:
                pen.line(arc(x, y, 0.07, 0.08, 90, 270, 5), scale, 0.035)
    pen.line(arc(0.42, 0, 0.12, height * 0.75, -70, 70, 8), fin, 0.04)
    pen.oval(0.62, 0.08, 0.07, fill=(240, 240, 235))
    pen.oval(0.63, 0.08, 0.035, fill=(10, 10, 10))


def english_springer(pen: Pen, rng: Random) -> None:
    """A dog from the side: body on four legs, head with a hanging ear, patches on a lighter coat."""
    coat = any_colour(rng, 60)
    patch, step = contrast(rng, coat), rng.uniform(-0.1, 0.1)
    for x, lean in ((-0.55, step), (-0.38, -step), (0.32, step), (0.48, -step)):
        pen.line([(x, -0.1), (x + lean, -0.5), (x + lean, -0.85)], shade(coat, 0.85), 0.14)
    pen.line([(-0.62, 0.15), (-0.82, rng.uniform(0.2, 0.5)), (-0.95, rng.uniform(0.3, 0.6))], coat, 0.1)
    pen.oval(-0.05, 0, 0.68, 0.3, coat)
    pen.polygon([(0.3, 0.1), (0.5, 0.6), (0.75, 0.5), (0.6, -0.05)], coat)
    pen.oval(0.66, 0.55, 0.24, 0.22, coat)
    pen.oval(0.88, 0.47, 0.17, 0.11, coat)
    for _ in range(3):
        pen.oval(
            rng.uniform(-0.5, 0.35), rng.uniform(-0.05, 0.12), rng.uniform(0.1, 0.2), rng.uniform(0.08, 0.14), patch
        )
    pen.oval(0.53, 0.4, 0.11, 0.25, patch)
    pen.oval(1.02, 0.5, 0.05, fill=(15, 15, 15))
    pen.oval(0.73, 0.61, 0.035, fill=(15, 15, 15))


def cassette_player(pen: Pen, rng: Random) -> None:
    """A flat box: a window with two reels, a row of keys, a speaker grille."""
    case = any_colour(rng)
    detail, tall = contrast(rng, case), rng.uniform(0.5, 0.68)
    pen.box(-0.95, -tall, 0.95, tall, case)
    pen.box(-0.95, tall - 0.07, 0.95, tall, shade(case, 1.25))
    pen.box(-0.62, -0.12, 0.62, tall - 0.14, shade(detail, 0.9))
    for x in (-0.3, 0.3):
        pen.oval(x, (tall - 0.26) / 2, 0.17, fill=shade(case, 0.6))
        pen.oval(x, (tall - 0.26) / 2, 0.07, fill=detail)
    for x in np.linspace(-0.8, 0.55, 6):
        pen.box(x, -tall + 0.06, x + 0.17, -tall + 0.2, detail)
    for y in np.linspace(-tall + 0.28, -0.18, 2):
        pen.line([(-0.85, y), (0.85, y)], shade(case, 0.7), 0.03)


def chain_saw(pen: Pen, rng: Random) -> None:
    """A motor block with a handle, and a long bar with teeth all round."""
    motor, steel = any_colour(rng), shade((200, 205, 210), rng.uniform(0.6, 1.15))
    length = rng.uniform(0.8, 1.05)
    chain = shade(steel, 0.45)
    for x in np.arange(-0.1, length, 0.11).tolist():
        pen.polygon([(x, 0.1), (x + 0.05, 0.2), (x + 0.1, 0.1)], chain)
        pen.polygon([(x, -0.12), (x + 0.05, -0.22), (x + 0.1, -0.12)], chain)
    pen.polygon([(-0.2, 0.13), (length, 0.11), *arc(length, -0.01, 0.1, 0.12, 90, -90, 8), (-0.2, -0.14)], steel)
    pen.line([(-0.05, -0.01), (length - 0.05, -0.01)], shade(steel, 0.75), 0.05)
    pen.polygon([(-0.85, -0.32), (-0.1, -0.32), (0.02, 0.05), (-0.15, 0.3), (-0.75, 0.3)], motor)
    pen.line([(-0.6, 0.3), (-0.5, 0.55), (-0.15, 0.5), (-0.05, 0.15)], shade(motor, 0.45), 0.1)
    pen.line([(-0.8, 0.2), (-1, 0.1), (-1, -0.25), (-0.8, -0.3)], shade(motor, 0.45), 0.1)
    pen.oval(-0.5, -0.02, 0.15, fill=shade(motor, 0.6))


def church(pen: Pen, rng: Random) -> None:
    """A nave with a pitched roof and a tower with a spire, arched windows, a cross."""
    wall = any_colour(rng, 70)
    roof, glass = contrast(rng, wall), shade(wall, 0.35)
    top = rng.uniform(0.1, 0.3)
    pen.box(-0.35, -0.8, 0.85, -0.15, wall)
    pen.polygon([(-0.4, -0.17), (-0.25, 0.2), (0.75, 0.2), (0.92, -0.17)], roof)
    pen.box(-0.75, -0.8, -0.3, top, shade(wall, 0.88))
    pen.polygon([(-0.8, top), (-0.525, top + 0.62), (-0.25, top)], shade(roof, 0.85))
    pen.line([(-0.525, top + 0.55), (-0.525, top + 0.82)], roof, 0.04)
    pen.line([(-0.61, top + 0.73), (-0.44, top + 0.73)], roof, 0.04)
    for x, y in ((-0.05, -0.55), (0.25, -0.55), (0.55, -0.55), (-0.525, top - 0.3)):
        pen.polygon([(x - 0.08, y - 0.12), *arc(x, y + 0.1, 0.08, 0.12, 180, 0, 8), (x + 0.08, y - 0.12)], glass)
    pen.polygon([(-0.62, -0.8), *arc(-0.525, -0.55, 0.1, 0.12, 180, 0, 8), (-0.42, -0.8)], glass)


def french_horn(pen: Pen, rng: Random) -> None:
    """Wound tubes, concentric, with a wide bell and a mouthpiece."""
    brass = any_colour(rng, 80)
    dark = shade(brass, 0.55)
    for radius in (0.6, 0.45, 0.3):
        pen.ring(0, 0.1, radius, dark, 0.12)
        pen.ring(0, 0.1, radius, brass, 0.075)
    pen.line([(-0.05, 0.68), (-0.5, 0.78), (-0.85, 0.9)], brass, 0.06)
    pen.oval(-0.87, 0.9, 0.08, fill=dark)
    pen.polygon([(0.5, 0.3), (0.66, 0.1), (0.95, -0.62), (0.25, -0.85), (0.32, -0.1)], brass)
    pen.oval(0.58, -0.72, 0.4, rng.uniform(0.14, 0.22), shade(brass, 1.2))
    pen.oval(0.58, -0.73, 0.3, 0.1, dark)
    for x in (-0.14, 0, 0.14):
        pen.line([(x, -0.05), (x, 0.28)], shade(brass, 1.3), 0.07)


def garbage_truck(pen: Pen, rng: Random) -> None:
    """A cab with a window, a big ribbed container, wheels."""
    body, cab = any_colour(rng), any_colour(rng)
    high = rng.uniform(0.4, 0.55)
    pen.box(-1, -0.45, 0.95, -0.33, (40, 40, 42))
    pen.polygon([(-1.0, -0.35), (-1.05, 0.1), (-0.85, high), (0.42, high), (0.42, -0.35)], body)
    for x in np.linspace(-0.75, 0.25, 5):
        pen.line([(x, -0.33), (x, high - 0.03)], shade(body, 0.72), 0.04)
    pen.line([(-0.95, 0.05), (0.42, 0.05)], shade(body, 1.25), 0.04)
    pen.polygon([(0.47, -0.38), (0.47, 0.3), (0.82, 0.3), (0.97, -0.02), (0.97, -0.38)], cab)
    pen.polygon([(0.58, 0), (0.58, 0.22), (0.79, 0.22), (0.89, 0)], (175, 205, 220))
    for x in (-0.7, -0.38, 0.68):
        pen.oval(x, -0.48, 0.16, fill=(22, 22, 24))
        pen.oval(x, -0.48, 0.07, fill=(150, 150, 150))


def gas_pump(pen: Pen, rng: Random) -> None:
    """A tall cabinet with a display, rows of digits, and a hose that hangs in a loop to its nozzle."""
    case = any_colour(rng)
    light = contrast(rng, case)
    hang = rng.uniform(-0.6, -0.25)
    hose = shade(case, 0.3)
    pen.line([(0.35, 0.6), (0.65, 0.55), *arc(0.65, 0.1, 0.14, 0.1 - hang, 20, -170, 12), (0.5, 0.25)], hose, 0.07)
    pen.line([(0.5, 0.18), (0.5, 0.38), (0.68, 0.46)], shade(light, 0.7), 0.1)
    pen.box(-0.42, -0.95, 0.4, 0.7, case)
    pen.box(-0.5, -1, 0.48, -0.88, shade(case, 0.5))
    pen.polygon([(-0.42, 0.7), *arc(-0.01, 0.7, 0.41, 0.25, 180, 0, 10)], shade(case, 1.25))
    pen.box(-0.32, 0.2, 0.3, 0.6, light)
    for y in (0.5, 0.36):
        for x in np.linspace(-0.24, 0.16, 4):
            pen.box(x, y - 0.07, x + 0.07, y + 0.03, shade(light, 0.35))
    pen.box(-0.3, -0.7, 0.28, 0.05, shade(case, 0.8))
    pen.line([(-0.3, -0.32), (0.28, -0.32)], light, 0.05)


def golf_ball(pen: Pen, rng: Random) -> None:
    """A ball with dimples in a regular grid, shaded to one side, sometimes on a tee."""
    ball = shade(any_colour(rng, 120, 250), 1.0)
    if rng.random() < 0.5:
        tee = any_colour(rng)
        pen.polygon([(-0.22, -0.72), (0.22, -0.72), (0.06, -0.82), (0, -1.1), (-0.06, -0.82)], tee)
    pen.oval(0, 0, 0.8, fill=shade(ball, 0.8))
    pen.oval(-0.05, 0.06, 0.72, fill=ball)
    gap = rng.uniform(0.19, 0.24)
    for row, y in enumerate(np.arange(-0.7, 0.75, gap * 0.87).tolist()):
        for x in (np.arange(-0.75, 0.8, gap) + (row % 2) * gap / 2).tolist():
            edge = x * x + y * y
            if edge < 0.55:
                pen.oval(x, y, gap * 0.33, gap * 0.33, shade(ball, 0.68))


def parachute(pen: Pen, rng: Random) -> None:
    """A striped canopy, its lines running together at a small figure below."""
    one = any_colour(rng)
    two, gores = contrast(rng, one), int(rng.integers(5, 8))
    low = rng.uniform(0.1, 0.25)
    edges = np.linspace(-0.9, 0.9, gores + 1)
    for x in edges:
        pen.line([(x, low), (0, -0.7)], shade(one, 0.5), 0.025)
    for number, (x0, x1) in enumerate(zip(edges, edges[1:], strict=False)):
        rise = [(f * 0.9, low + 0.72 * (1 - f * f) ** 0.5) for f in np.linspace(x0 / 0.9, x1 / 0.9, 6)]
        middle = ((x0 + x1) / 2, low + 0.08)
        pen.polygon([*rise, (x1, low), middle, (x0, low)], one if number % 2 else two)
    figure = any_colour(rng, 10, 120)
    pen.oval(0, -0.72, 0.07, fill=figure)
    pen.line([(0, -0.75), (0, -0.93)], figure, 0.12)
    pen.line([(-0.06, -0.92), (-0.08, -1.08)], figure, 0.06)
    pen.line([(0.06, -0.92), (0.08, -1.08)], figure, 0.06)


# WordNet id → the function that draws it, in the order of the labels.
DRAW: dict[str, Callable[[Pen, Random], None]] = {
    "n01440764": tench,
    "n02102040": english_springer,
    "n02979186": cassette_player,
    "n03000684": chain_saw,
    "n03028079": church,
    "n03394916": french_horn,
    "n03417042": garbage_truck,
    "n03425413": gas_pump,
    "n03445777": golf_ball,
    "n03888257": parachute,
}
