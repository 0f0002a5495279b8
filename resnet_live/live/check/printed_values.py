"""What a cell printed, as the values in it: numbers, True, False and None. The words around them are everybody's own."""

import re
from dataclasses import dataclass

FITS, DIFFERS, UNCLEAR = "fits", "differs", "unclear"

_VALUE = re.compile(
    r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w)\s?%?|\b(?:True|False|None)\b|(?<!\w)-?\b(?:nan|inf)\b"
)
_CLOSE = 1e-3


@dataclass(frozen=True)
class Value:
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


def compare(expected: list[list[str]], text: str) -> tuple[str, list[str]]:
    """Whether `text` holds the values of the lines `expected`, and which are missing.

    FITS: all are there, whatever else is printed. DIFFERS: the same form with other values, or most of them are nowhere.
    UNCLEAR: some are there, so that it may be another way to say the same.
    """
    wanted = [_read(value) for line in expected for value in line]
    seen_lines = lines(text)
    seen = [_read(value) for line in seen_lines for value in line]
    if not wanted or _in_order(wanted, seen):
        return FITS, []
    missing = [value.text for value in dict.fromkeys(wanted) if not any(_same(value, other) for other in seen)]
    same_form = [len(line) for line in expected] == [len(line) for line in seen_lines]
    if same_form:
        return DIFFERS, missing
    if not missing:
        return FITS, []
    distinct = len(dict.fromkeys(wanted))
    return (DIFFERS if 2 * len(missing) > distinct else UNCLEAR), missing


def _plain(line: str) -> str:
    return re.sub(r"(?<=\d)\s?[x×]\s?(?=\d)", " × ", line).replace("−", "-").replace("_", " ")


def _read(text: str) -> Value:
    percent = text.endswith("%")
    bare = text.rstrip("% ").replace(",", "")
    try:
        number = float(bare)
    except ValueError:
        return Value(text, None, 0, False)
    mantissa, _, exponent = bare.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return Value(text, number, decimals, percent)


def _in_order(wanted: list[Value], seen: list[Value]) -> bool:
    rest = iter(seen)
    return all(any(_same(value, other) for other in rest) for value in wanted)


def _same(one: Value, other: Value) -> bool:
    if one.number is None or other.number is None:
        return one.text == other.text
    if one.percent != other.percent:
        return _near(*_as_fraction(one), *_as_fraction(other))
    if _near(one.number, one.decimals, other.number, other.decimals):
        return True
    # 1.2 M for 1,234,567
    large, small = sorted((one, other), key=lambda value: -abs(value.number))
    return small.decimals > 0 and any(
        abs(large.number) >= unit and _near(large.number / unit, 9, small.number, small.decimals)
        for unit in (1e3, 1e6, 1e9)
    )


def _as_fraction(value: Value) -> tuple[float, int]:
    return (value.number / 100, value.decimals + 2) if value.percent else (value.number, value.decimals)


def _near(one: float, decimals: int, other: float, others: int) -> bool:
    if one == other or (one != one and other != other):
        return True
    if decimals > 0 and others > 0:  # both are rounded, perhaps to different places
        return abs(one - other) <= 0.51 * 10.0 ** -min(decimals, others) or abs(one - other) <= _CLOSE * abs(one)
    whole = decimals <= 0 and others <= 0
    return not whole and abs(one - other) <= _CLOSE * abs(one)
