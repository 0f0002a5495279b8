"""What a cell printed, as the values in it: numbers, True, False and None. The words around them are everybody's own."""

import re
from dataclasses import dataclass
from enum import Enum, auto

_VALUE = re.compile(
    r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w)\s?%?|\b(?:True|False|None)\b|(?<!\w)-?\b(?:nan|inf)\b"
)
_CLOSE = 1e-3


class PrintedMatch(Enum):
    """Whether a text holds the values that are expected."""

    FITS = auto()  # all are there, whatever else is printed
    DIFFERS = auto()  # the same form with other values, or most of them are nowhere
    UNCLEAR = auto()  # some are there, so that it may be another way to say the same


@dataclass(frozen=True)
class PrintedValue:
    """A value in a text: as it stands there, its number (None for a word), and the decimals that are given."""

    text: str
    number: float | None
    decimals: int
    percent: bool


def lines(text: str) -> list[list[str]]:
    """The values in each line of `text`, as written. Lines without any are left out."""
    found = ([match.strip() for match in _VALUE.findall(_plain(line))] for line in text.splitlines())
    return [values for values in found if values]


def common(one: str, other: str) -> list[list[str]]:
    """What two runs of the same code print alike: `lines` without those that chance decides.

    One value that differs makes all of its line doubtful: of six labels drawn at random one or two are often the same.
    """
    first, second = one.splitlines(), other.splitlines()
    if len(first) != len(second):
        return []
    kept = []
    for a, b in zip(first, second, strict=True):
        values = lines(a)
        if values and values == lines(b):
            kept += values
    return kept


def compare(expected: list[list[str]], text: str) -> tuple[PrintedMatch, list[str]]:
    """Whether `text` holds the values of the lines `expected`, and which are missing."""
    wanted = [_read(value) for line in expected for value in line]
    seen_lines = lines(text)
    seen = [_read(value) for line in seen_lines for value in line]
    if not wanted or _in_order(wanted, seen):
        return PrintedMatch.FITS, []
    missing = [value.text for value in dict.fromkeys(wanted) if not any(_same(value, other) for other in seen)]
    same_form = [len(line) for line in expected] == [len(line) for line in seen_lines]
    if same_form:
        return PrintedMatch.DIFFERS, missing
    if not missing:
        return PrintedMatch.FITS, []
    distinct = len(dict.fromkeys(wanted))
    return (PrintedMatch.DIFFERS if 2 * len(missing) > distinct else PrintedMatch.UNCLEAR), missing


def _plain(line: str) -> str:
    return re.sub(r"(?<=\d)\s?[x×]\s?(?=\d)", " × ", line).replace("−", "-").replace("_", " ")


def _read(text: str) -> PrintedValue:
    percent = text.endswith("%")
    bare = text.rstrip("% ").replace(",", "")
    try:
        number = float(bare)
    except ValueError:
        return PrintedValue(text, None, 0, False)
    mantissa, _, exponent = bare.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return PrintedValue(text, number, decimals, percent)


def _in_order(wanted: list[PrintedValue], seen: list[PrintedValue]) -> bool:
    rest = iter(seen)
    return all(any(_same(value, other) for other in rest) for value in wanted)


def _same(one: PrintedValue, other: PrintedValue) -> bool:
    if one.number is None or other.number is None:
        return one.text == other.text
    first, second = (one.number, one.decimals), (other.number, other.decimals)
    if one.percent != other.percent:
        return _near(*_as_fraction(*first, one.percent), *_as_fraction(*second, other.percent))
    if _near(*first, *second):
        return True
    # 1.2 M for 1,234,567
    (small, decimals), (large, _) = sorted((first, second), key=lambda pair: abs(pair[0]))
    return decimals > 0 and any(
        abs(large) >= unit and _near(large / unit, 9, small, decimals) for unit in (1e3, 1e6, 1e9)
    )


def _as_fraction(number: float, decimals: int, percent: bool) -> tuple[float, int]:
    return (number / 100, decimals + 2) if percent else (number, decimals)


def _near(one: float, decimals: int, other: float, others: int) -> bool:
    if one == other or (one != one and other != other):
        return True
    if decimals > 0 and others > 0:  # both are rounded, perhaps to different places
        return abs(one - other) <= 0.51 * 10.0 ** -min(decimals, others) or abs(one - other) <= _CLOSE * abs(one)
    whole = decimals <= 0 and others <= 0
    return not whole and abs(one - other) <= _CLOSE * abs(one)
