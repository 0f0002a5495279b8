"""The style sheet that travels with each figure, so that it looks the same in the book and in JupyterLab.

Colours come from `resnet_live.palette`. A shape names its colour by a class (`class='residual t'`), which is far
shorter than a style attribute on each of some thousand shapes.
"""

from resnet_live.palette import COLOURS, css

# Words about a path, or about right and wrong, have its colour too, beside what they say.
_COLOUR_CLASSES = "".join(f".rl-says .{name},.rl-pic .{name}{{--c:{css(name)}}}" for name in COLOURS)
# JupyterLab marks its dark theme on the body; the book's own style sheet sets the same variables for its pages.
_LAB_DARK = (
    '[data-jp-theme-light="false"]{' + "".join(f"--rl-{name}:{shade.dark};" for name, shade in COLOURS.items()) + "}"
)

# What the shapes of a picture look like, wherever it stands.
SHAPES = (
    _COLOUR_CLASSES
    # `t` is a tinted shape with an outline, `d` a deeper tint, `s` a line, `f` a filled shape (with `o1` … `o9` that opaque),
    # `dash` a dashed outline; `ink` in place of a colour is that of the text
    + ".rl-pic .t{fill:var(--c);fill-opacity:.16;stroke:var(--c);stroke-width:1.5}"
    ".rl-pic .d{fill:var(--c);fill-opacity:.42;stroke:var(--c);stroke-width:1.5}"
    ".rl-pic .s{fill:none;stroke:var(--c);stroke-width:calc(1.5px*var(--thin,1))}"
    ".rl-pic .w{stroke-width:calc(2.2px*var(--thin,1))}"
    ".rl-pic .f{fill:var(--c)}"
    + "".join(f".rl-pic .o{tenth}{{fill-opacity:.{tenth}}}" for tenth in range(1, 10))
    # layers on layers grow darker, each with its edge as a contour line; `halo` keeps words on them legible
    + ".rl-pic .layer{fill:var(--c);fill-opacity:.09;fill-rule:evenodd;stroke:var(--c);stroke-width:1;"
    "vector-effect:non-scaling-stroke}"
    ".rl-pic .halo{paint-order:stroke;stroke:var(--pst-color-background,var(--jp-layout-color0,#fff));stroke-width:.24em;"
    "stroke-linejoin:round}"
    # a line of pathLength 1 that draws itself when its state is shown, `later` after the others
     + ".rl-pic .draws{stroke-dasharray:1;animation:rl-draws 2s linear backwards}.rl-pic .later{animation-delay:2s}"
    "@keyframes rl-draws{from{stroke-dashoffset:1}to{stroke-dashoffset:0}}"
    "@media (prefers-reduced-motion:reduce),print{.rl-pic .draws{animation:none}}"
    ".rl-pic .ink{--c:currentColor}"
    ".rl-pic .dash{fill:none;stroke:var(--c);stroke-width:calc(1.5px*var(--thin,1));stroke-dasharray:3 3}"
    # shapes that states show by their name have the class, too, and the words in them the size of the picture
    "svg.rl-pic{font-family:system-ui,sans-serif;font-size:13px}"
    ".rl-pic text{fill:currentColor}"
    ".rl-pic.m,.rl-pic .m{text-anchor:middle}.rl-pic .e{text-anchor:end}"
    ".rl-pic .k{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".rl-pic .b{font-weight:600}"
)

STYLE = (
    "<style>" + _LAB_DARK + SHAPES + "svg.rl-pic{display:block;width:100%;max-width:27rem;height:auto;margin:.5rem 0}"
    ".rl-widget{max-width:44rem;overflow:visible!important}"
    ".rl-widget .widget-html-content{line-height:1.5;width:100%;white-space:normal}"
    ".rl-widget .widget-inline-hbox>.widget-label{white-space:normal;overflow:visible;height:auto;"
    "line-height:1.3;align-self:center;margin-right:.8rem}"
    ".rl-says,.rl-question{font-size:1rem;line-height:1.55;margin:.25rem 0;max-width:none}"
    ".rl-says code,.rl-question code{white-space:nowrap;font-size:.95em}"
    ".rl-says code.k{white-space:normal}.rl-says :is(span,strong)[class]{color:var(--c)}"
    ".rl-widget .widget-toggle-buttons{width:auto;flex-wrap:wrap}"
    ".rl-widget .widget-toggle-buttons>div{display:flex;flex-wrap:wrap;gap:.4rem}"
    # in a row with their label, like the sliders; the answers of a question stand below theirs
    ".rl-widget:not(.rl-predict) .widget-toggle-buttons{display:flex;align-items:center;gap:.5rem .8rem;"
    "padding:.2rem 0}.rl-widget:not(.rl-predict) .widget-toggle-buttons>.widget-label{text-align:right}"
    ".rl-question{font-weight:600}.rl-predict .rl-says{margin-top:.6rem}"
    ".rl-predict .widget-toggle-button{width:auto;height:auto;flex:0 1 auto;min-height:2.4em;margin:0;"
    "padding:.35em .9em;white-space:normal;text-align:left;line-height:1.35;font-size:1rem;border-radius:4px}"
    "</style>"
)
