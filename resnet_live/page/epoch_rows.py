"""fastai's report of a training without a progress bar, as a small table: it would print a raw list with sixteen digits."""

from fastai.callback.core import Callback
from fastai.torch_core import defaults

_WIDTH = 12


class EpochTable(Callback):
    """Prints the names of the columns once and a rounded row after each epoch, where fastai would print lists."""

    order = 65  # after the progress bar, which reports in its own way

    def before_fit(self) -> None:
        """Take over the report, unless a progress bar or `no_logging` has done so already."""
        if self.learn.logger is print:
            self.learn.logger = print_row
            print_row(self.recorder.metric_names)

    def after_fit(self) -> None:
        """Give the report back."""
        if self.learn.logger is print_row:
            self.learn.logger = print


def print_row(row: list) -> None:
    """One line: words as they are, fractions with four decimals, "-" for what was not measured."""
    print("".join(f"{_shown(value):<{_WIDTH}}" for value in row).rstrip())


def install() -> None:
    """Let every Learner made from now on report so."""
    if EpochTable not in defaults.callbacks:
        defaults.callbacks = [*defaults.callbacks, EpochTable]


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
