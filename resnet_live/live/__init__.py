"""Live coding: chapter notebooks → live notebooks, run sheets, slides and recordings; helpers inside the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext resnet_live.live`: the magics of a live notebook. `%live` lists them."""
    from resnet_live.live.kernel import magics

    magics.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """`%unload_ext resnet_live.live`: takes the magics away again and follows the cells no longer."""
    from resnet_live.live.kernel import magics

    magics.unload(shell)
