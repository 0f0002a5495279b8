"""Interactive figures that need no kernel in the rendered page and work live in JupyterLab.

Every state of a figure is drawn beforehand (SVG and a line of words in an `ipywidgets.HTML`) and put into nested
`Stack`s; `jslink` ties each control to a stack in the browser. Nothing is computed when a reader moves a slider.

One module a figure: `ladder`, `convolution`, `pooling`, `schedule`, `gallery`, `question`, `explorer`, `identity`,
`growth`, `strided`, `targets`, `rungs`, `loops`, `degradation`, `gradients`, `landscape`, `stages`,
`skipping`, `replay`; `svg` draws, `frame` puts controls and
states together, `look` is the style sheet that travels with each figure.
"""

from resnet_live.widgets.convolution import conv_arithmetic
from resnet_live.widgets.degradation import degradation_curves
from resnet_live.widgets.explorer import block_drawing, block_explorer
from resnet_live.widgets.gallery import frames
from resnet_live.widgets.gradients import gradient_norms
from resnet_live.widgets.growth import add_or_concat
from resnet_live.widgets.identity import identity_start
from resnet_live.widgets.ladder import shape_ladder
from resnet_live.widgets.landscape import loss_surfaces
from resnet_live.widgets.loops import two_loops
from resnet_live.widgets.pooling import adaptive_windows
from resnet_live.widgets.question import predict
from resnet_live.widgets.replay import replay
from resnet_live.widgets.rungs import Rung, result_ladder
from resnet_live.widgets.schedule import one_cycle
from resnet_live.widgets.skipping import skipped_blocks
from resnet_live.widgets.stages import resnet_stages
from resnet_live.widgets.strided import strided_or_pooled
from resnet_live.widgets.targets import soft_targets

__all__ = [
    "Rung",
    "adaptive_windows",
    "add_or_concat",
    "block_drawing",
    "block_explorer",
    "conv_arithmetic",
    "degradation_curves",
    "frames",
    "gradient_norms",
    "identity_start",
    "loss_surfaces",
    "one_cycle",
    "predict",
    "replay",
    "resnet_stages",
    "result_ladder",
    "shape_ladder",
    "skipped_blocks",
    "soft_targets",
    "strided_or_pooled",
    "two_loops",
]
