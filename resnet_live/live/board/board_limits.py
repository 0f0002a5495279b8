"""What a visitor may send and how often: one place for every bound of the board."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# Sizes, in bytes or characters.
VISITOR_BODY = 512  # a vote or a signal is less than 60 bytes
KERNEL_BODY = 64_000_000
HEADERS = 8_192
CODE, TEXT, LABEL = 20_000, 12_000, 400
IMAGE = 1_000_000  # characters of one picture as base64
IMAGES = 6  # of one cell
ALL_IMAGES = 20_000_000  # of one session
CELLS = 500  # of one session
CHOICES = 12  # of one question

# Seconds after which a connection that sends no request, or takes nothing in, is closed.
SILENT = 20

# A whole class may sit behind one address, so an address has room for one; each browser then has its own.
BROWSERS = 400
CONNECTIONS, CONNECTIONS_OF_ADDRESS = 1200, 500
STREAMS_OF_BROWSER = 4


@dataclass(frozen=True)
class Rate:
    """So many at once (`burst`), and so many `per_second` after that."""

    burst: int
    per_second: float


# One browser, known by its cookie; its presses.
PRESSES = Rate(15, 1.0)
# Everything else that one browser asks for: pages, streams, downloads.
REQUESTS = Rate(60, 3.0)
# Pictures that one browser asks for.
PICTURES = Rate(300, 10.0)
# Requests without a cookie, of one address: sixty browsers that open the page at once, four files each.
STRANGERS = Rate(400, 20.0)
# Cookies given to one address: a class and its phones.
NEWCOMERS = Rate(150, 0.5)
# Tries to open the remote control, of one address.
ATTEMPTS = Rate(10, 0.2)


class RateLimit:
    """A bucket of tokens for each key; the keys that were seen longest ago are forgotten when there are many."""

    def __init__(self, rate: Rate, keys: int = 5_000, clock: Callable[[], float] = time.monotonic):
        self._rate, self._keys, self._clock = rate, keys, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Whether `key` may go on now; it counts as one."""
        now = self._clock()
        left, at = self._buckets.pop(key, (float(self._rate.burst), now))
        left = min(float(self._rate.burst), left + (now - at) * self._rate.per_second)
        allowed = left >= 1
        self._buckets[key] = (left - allowed, now)
        while len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return allowed


class Places:
    """How many are taken at once, by key and in all."""

    def __init__(self, most: int, most_of_key: int):
        self._most, self._most_of_key = most, most_of_key
        self._taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Take a place for `key`; False when there is none."""
        if sum(self._taken.values()) >= self._most or self._taken.get(key, 0) >= self._most_of_key:
            return False
        self._taken[key] = self._taken.get(key, 0) + 1
        return True

    def leave(self, key: str) -> None:
        """Give a place of `key` back."""
        left = self._taken.get(key, 0) - 1
        if left > 0:
            self._taken[key] = left
        else:
            self._taken.pop(key, None)

    @property
    def keys(self) -> int:
        """How many have a place."""
        return len(self._taken)
