"""Interactive figures that need no kernel in the rendered page and work live in JupyterLab.

Every state of a figure is drawn beforehand (SVG and a line of words in an `ipywidgets.HTML`) and put into nested
`Stack`s; `jslink` ties each control to a stack in the browser. Nothing is computed when a reader moves a slider.

One module a figure, named after the function that it exports; `drawing` holds what they are drawn with: SVG, charts,
controls and states, the style sheet that travels with each figure.
"""

from resnet_live.widgets.adaptive_windows import adaptive_windows
from resnet_live.widgets.add_or_concat import add_or_concat
from resnet_live.widgets.block_drawing import block_drawing
from resnet_live.widgets.block_explorer import block_explorer
from resnet_live.widgets.conv_arithmetic import conv_arithmetic
from resnet_live.widgets.degradation_curves import degradation_curves
from resnet_live.widgets.frames import frames
from resnet_live.widgets.gradient_norms import gradient_norms
from resnet_live.widgets.identity_start import identity_start
from resnet_live.widgets.loss_surfaces import loss_surfaces
from resnet_live.widgets.one_cycle import one_cycle
from resnet_live.widgets.predict import predict
from resnet_live.widgets.replay import replay
from resnet_live.widgets.resnet_stages import resnet_stages
from resnet_live.widgets.result_ladder import AblationStep, result_ladder
from resnet_live.widgets.seed_luck import seed_luck
from resnet_live.widgets.shape_ladder import shape_ladder
from resnet_live.widgets.signal_race import signal_race
from resnet_live.widgets.size_lab import TestedNet, size_lab
from resnet_live.widgets.skipped_blocks import skipped_blocks
from resnet_live.widgets.soft_targets import soft_targets
from resnet_live.widgets.strided_or_pooled import strided_or_pooled
from resnet_live.widgets.two_loops import two_loops

__all__ = [
    "AblationStep",
    "TestedNet",
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
    "seed_luck",
    "shape_ladder",
    "signal_race",
    "size_lab",
    "skipped_blocks",
    "soft_targets",
    "strided_or_pooled",
    "two_loops",
]
