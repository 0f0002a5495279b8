"""Kernels that start at once: a process that has imported PyTorch and fastai already forks them.

- `kernelspec`: write the kernelspec that chooses them (`with warm_kernels(): …`).
- `provisioner`: how jupyter_client asks for one; everywhere else, and whenever one cannot be had, the ordinary kernel starts.
- `prompt_client`: nbclient's way to a kernel that has just been forked.
- `warm_client`: start the warm process, or share it. `warm_process`, with `warm_imports` and `warm_fork`: the process that imports
  and forks. A program of its own: it imports nothing of this package.

For runs of our own (tests, the book's build, rehearsals). A warm kernel belongs to the same user as the process that it came
from and can reach it: it protects nobody from what runs in it.
"""

from resnet_live.kernels.kernelspec import warm_kernels, write_kernelspec

__all__ = ["warm_kernels", "write_kernelspec"]
