"""What all magics of a class share."""

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics

from resnet_live.live.kernel.class_state import ClassState


class ClassMagics(Magics):
    """Each magic works on `state`, that of the class in its shell."""

    def __init__(self, shell: InteractiveShell, state: ClassState):
        super().__init__(shell)
        self.state = state
