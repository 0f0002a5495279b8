"""Live coding: chapter notebooks → live notebooks, run sheets, slides and recordings; helpers inside the notebook."""


def load_ipython_extension(shell) -> None:
    """`%load_ext resnet_live.live`: the magics of a live notebook. `%live` lists them."""
    from resnet_live.live.kernel import magics

    magics.load(shell)


def unload_ipython_extension(shell) -> None:
    """`%unload_ext resnet_live.live`: takes the magics away again and stops listening."""
    from resnet_live.live.kernel import magics

    magics.unload(shell)
