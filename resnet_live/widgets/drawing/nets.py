"""Plain nets and nets with skips: their colours and names, and what their recorded runs are checked for."""

COLOUR = {"plain": "extra", "residual": "residual"}  # net → colour of the palette
NAME = {"plain": "plain", "residual": "with skips"}


def check_net(net: str) -> None:
    """Raise ValueError unless `net` is one of the two."""
    if net not in COLOUR:
        raise ValueError(f"The net {net!r} is none of {', '.join(COLOUR)}.")
