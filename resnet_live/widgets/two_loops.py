"""The same training loop twice: the events of fastai's Learner, and the lines of plain PyTorch that do the same."""

from dataclasses import dataclass

import ipywidgets as w

from resnet_live.widgets.drawing import svg
from resnet_live.widgets.drawing.controls import Kit, message

# The lines as they are drawn; two spaces indent a line by one level. In fastai's column an event is followed by what
# happens at it. A test runs both columns.
FASTAI = (
    "learn = Learner(dls, model, loss_func)",
    "learn.fit_one_cycle(epochs, 3e-3)",
    "  before_fit      makes opt and schedule",
    "  before_train    model.train()",
    "    before_batch  moves it, sets lr, mom",
    "    after_pred    has the scores",
    "    after_loss    has the loss",
    "    after_backward  has gradients",
    "    after_step    has moved; zero_grad",
    "    after_batch   notes loss, moves bar",
    "  before_validate  model.eval()",
    "  after_epoch     writes a row",
)
PYTORCH = (
    "opt = adamw(model, 3e-3)",
    "sched = one_cycle(opt, epochs*len(train))",
    "for epoch in range(epochs):",
    "  model.train()",
    "  for xb, yb in progress_bar(train):",
    "    xb, yb = xb.to(device), yb.to(device)",
    "    opt.zero_grad()",
    "    scores = model(xb)",
    "    loss = loss_func(scores, yb)",
    "    loss.backward()",
    "    opt.step()",
    "    sched.step()",
    "    losses.append(loss.item())",
    "  print(evaluate(model, valid, loss_func))",
)


@dataclass(frozen=True)
class Moment:
    """One stop of the slider: its name, the numbers of the lines that belong to it (from 0), and the words (HTML)."""

    name: str
    fastai: tuple[int, ...]
    pytorch: tuple[int, ...]
    words: str


MOMENTS = (
    Moment(
        "set up",
        (0, 1, 2),
        (0, 1),
        "A <code>Learner</code> makes its optimiser when you call <code>fit_one_cycle</code>, and a schedule for as many "
        "steps as there will be. By hand you make both yourself, and you must know the number of steps.",
    ),
    Moment(
        "begin an epoch",
        (3,),
        (2, 3),
        "Batch norm uses the batch's own statistics in training. Somebody has to say <code>model.train()</code> again "
        "after each test. In fastai a callback does.",
    ),
    Moment(
        "take a batch",
        (4, 9),
        (4,),
        "The loader is an ordinary iterable, and the progress bar wraps it. fastai moves its bar in a callback, after "
        "each <code>after_batch</code>.",
    ),
    Moment(
        "move it",
        (4,),
        (5,),
        "Batches come from the loader on the CPU. <code>.to(device)</code> is the line that everybody forgets first on a "
        "GPU; <code>Learner</code> moves each batch to where the model is.",
    ),
    Moment(
        "forget the old gradients",
        (8,),
        (6,),
        "PyTorch adds new gradients to old ones, so one line has to clear them. fastai clears them after its step and you "
        "before yours: the same, for every step but the first. <code>zero_grad</code> in front is safe there too.",
    ),
    Moment(
        "forward",
        (5,),
        (7,),
        "The only line that knows the network. At <code>after_pred</code> a fastai callback may still change the scores.",
    ),
    Moment(
        "loss",
        (6,),
        (8,),
        "One number for the whole batch. The graph that <code>backward</code> needs hangs on it.",
    ),
    Moment(
        "backward",
        (7,),
        (9,),
        "Every parameter gets its <code>.grad</code>. No parameter has changed yet: the moment to clip gradients, if you "
        "want to.",
    ),
    Moment(
        "step",
        (8,),
        (10,),
        "<code>opt.step()</code> moves every parameter that has a gradient. It knows nothing of the loss.",
    ),
    Moment(
        "schedule",
        (4,),
        (11,),
        "fastai sets the learning rate <em>before</em> a batch, PyTorch's scheduler <em>after</em> it for the next. Forget "
        "<code>sched.step()</code> and you train at the first, tiny rate to the end, without a message.",
    ),
    Moment(
        "write down",
        (9,),
        (12,),
        "<code>.item()</code> takes the number and lets the graph go. A list of tensors would keep every graph alive.",
    ),
    Moment(
        "test",
        (10, 11),
        (13,),
        "<code>evaluate</code> is <code>model.eval()</code>, no gradients, and a mean in which each image counts the same. "
        "fastai does this by itself after every epoch and writes the row that you know.",
    ),
)

_ROW, _HEAD, _GAP = 19, 24, 10  # heights: a line of code, a heading, the space between the two columns
_LEFT, _CHARACTER = 10, 7.4  # x of the code; width of an indenting space
_REMARK = 158  # x of all remarks: behind the longest event


def two_loops() -> w.Widget:
    """The interactive figure: a slider walks through one training loop and marks the lines in both dialects."""
    kit = Kit()
    return kit.interactive("two-loops", [kit.walk("moment", MOMENTS, 0, [moment.name for moment in MOMENTS])], _state)


def _state(moment: Moment) -> str:
    below = _HEAD + len(FASTAI) * _ROW + _GAP
    alt = (
        f"{moment.name}. fastai: {_quoted(FASTAI, moment.fastai)}. PyTorch: {_quoted(PYTORCH, moment.pytorch)}. "
        "These lines are marked in the two loops."
    )
    fastai = _column("fastai: one call, and the events in it", FASTAI, moment.fastai, 0, "neutral")
    pytorch = _column("PyTorch: you write every line", PYTORCH, moment.pytorch, 0, "extra")
    # below the other; a page with room for both puts it beside the other (figures.css)
    pytorch = f"<g class='rl-other' transform='translate(0 {below})'>{pytorch}</g>"
    height = below + _HEAD + len(PYTORCH) * _ROW + 4
    return svg.picture(height, alt, fastai, pytorch) + message(f"<strong>{moment.name}</strong>: {moment.words}")


def _column(heading: str, lines: tuple[str, ...], marked: tuple[int, ...], top: float, colour: str) -> str:
    drawn = [svg.text(2, top + 16, heading, "b")]
    for number, line in enumerate(lines):
        y = top + _HEAD + number * _ROW
        code = line.lstrip(" ")
        x = _LEFT + (len(line) - len(code)) * _CHARACTER
        if number in marked:
            drawn.append(svg.path(svg.box(1, y, svg.WIDTH - 2, _ROW), f"{colour} d"))
        drawn.append(_code(x, y + 14, code))
    return "".join(drawn)


def _code(x: float, y: float, line: str) -> str:
    """A line of code; where it is an event with a remark, the remark stands in the text face."""
    event, gap, remark = line.partition("  ")
    style = "k"
    drawn = svg.text(x, y, event, style)
    if gap:
        drawn += svg.text(_REMARK, y, remark.strip())
    return drawn


def _quoted(lines: tuple[str, ...], marked: tuple[int, ...]) -> str:
    return "; ".join(" ".join(lines[number].split()) for number in marked)
