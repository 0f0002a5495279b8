"""Interactive figures that need no kernel in the rendered page and work live in JupyterLab.

Every state of a figure is drawn beforehand (SVG and a line of words in an `ipywidgets.HTML`) and put into nested
`Stack`s; `jslink` ties each control to a stack in the browser. Nothing is computed when a reader moves a slider.

One module a figure: `ladder`, `convolution`, `pooling`, `schedule`, `gallery`, `question`; `svg` draws, `frame` puts controls and
states together, `look` is the style sheet that travels with each figure.
"""

from resnet_live.widgets.convolution import conv_arithmetic
from resnet_live.widgets.gallery import frames
from resnet_live.widgets.ladder import shape_ladder
from resnet_live.widgets.pooling import adaptive_windows
from resnet_live.widgets.question import predict
from resnet_live.widgets.schedule import one_cycle

__all__ = ["adaptive_windows", "conv_arithmetic", "frames", "one_cycle", "predict", "shape_ladder"]
