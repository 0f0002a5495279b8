"""Runs as chapter 4 records them, with made-up values that are easy to tell apart."""

from math import sin

from resnet_live.widgets import TestedNet

STEPS = [-1.0, -0.5, 0.0, 0.5, 1.0]


def a_run(net: str, depth: int, seed: int = 0, last: float = 1.0, epochs: int = 4) -> dict:
    """A run whose training loss falls from 2 to `last` (validation: 0.25 more), with gradients that grow towards the input."""
    losses = [2 - (2 - last) * epoch / (epochs - 1) if epochs > 1 else last for epoch in range(epochs)]
    rows = [{"epoch": i, "train_loss": loss, "valid_loss": loss + 0.25} for i, loss in enumerate(losses, 1)]
    growth = 1.1 if net == "plain" else 1.01
    start = [(0.1 + seed / 100) * growth ** (depth - layer) for layer in range(depth)]
    gradients = {"start": start, "epoch": [norm / 3 for norm in start]}
    return {"net": net, "depth": depth, "seed": seed, "epochs": rows, "gradients": gradients}


def degraded() -> list[dict]:
    """Plain nets get worse with depth, residual ones better; two seeds, 0.1 apart."""
    ends = {("plain", 20): 1.0, ("plain", 56): 1.5, ("residual", 20): 0.9, ("residual", 56): 0.5}
    return [a_run(*which, seed=seed, last=end + seed / 10) for which, end in ends.items() for seed in (0, 1)]


def a_surface(net: str, steepness: float = 1.0, steps=STEPS) -> dict:
    """A bowl around 0, one with ripples for the plain net."""
    ripple = 0.3 if net == "plain" else 0.0
    loss = [[0.5 + steepness * (a * a + 2 * b * b) + ripple * sin(9 * a) ** 2 for a in steps] for b in steps]
    return {"net": net, "depth": 56, "seed": 0, "steps": list(steps), "loss": loss}


def with_blocks_left_out():
    """Runs as experiments.chapter07 records them: two seeds of a residual net of ten blocks, two of a plain one."""
    runs = []
    for seed in range(2):
        for net in ("residual two", "plain two"):
            rows = []
            for i in range(10):
                changes, plain = i % 2 == 0, net.startswith("plain")
                value = None if plain and changes else (0.1 if plain else 0.5) + i / 50 + seed / 100
                rows.append({"name": f"{i // 2 + 1}.{i % 2 + 1}", "changes_shape": changes, "accuracy": value})
            runs.append({"net": net, "seed": seed, "whole": 0.7 - seed / 40, "skipped": rows})
    return runs


def race_runs(depths=(8, 20), starts=("He", "0.01"), seeds=(0, 1)):
    """Signals that double or halve in each block; the seeds lie a tenth above and below."""
    runs = []
    for net, factor in (("plain", 0.5), ("residual", 2.0)):
        for depth in depths:
            for start in starts:
                for norm in (True, False):
                    for seed in seeds:
                        blocks = depth // 2
                        rate = factor if not norm else 1.0
                        signal = [rate**i * (1.1 if seed else 1 / 1.1) for i in range(blocks)]
                        gradient = [3.0 * rate ** (i - blocks + 1) for i in range(blocks)]
                        facts = {"net": net, "depth": depth, "start": start, "norm": norm, "seed": seed}
                        runs.append({**facts, "signal": signal, "gradient": gradient})
    return runs


def nets_of_two_sizes():
    """Nets trained at 128 px, two seeds, and one that ended at 224; each lacks a size that the other has."""
    small = TestedNet("128 px", 128, {96: [66.0, 65.0], 128: [70.0, 68.0], 160: [69.0, 67.0]})
    return [small, TestedNet("up to 224 px", 224, {128: [55.0], 160: [54.0], 224: [63.0]})]
