"""Take secrets, absolute paths and personal data out of what a class has run and seen, and say what was taken out.

Two passes: `Redactor.learn` reads everything first and remembers the values of passwords and keys, so that `Redactor.text` finds
them again where nothing says what they are (a bare `print(key)`). When in doubt, something is taken out: the original
record is not changed.
"""

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum
from html import escape
from urllib.parse import quote

from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.private_paths import known_folders, without_paths
from resnet_live.live.recording.secret_patterns import (
    ANSI,
    AUTHORIZATION,
    BEARER,
    BEFORE_VERSION,
    COMMON_NAMES,
    EMAIL,
    FLAG,
    INNOCENT_VALUES,
    IPV4,
    IPV6,
    LONG_KEY,
    MAC,
    NAMED,
    PRIVATE_KEY,
    SETS,
    TOKEN,
    URL,
    USER_AND_PASSWORD,
)


class PrivateKind(StrEnum):
    """What is taken out."""

    PRIVATE_KEY = "private key"
    CREDENTIALS = "credentials in an address"
    AUTHORIZATION = "authorization header"
    TOKEN = "token"
    PASSWORD = "password or key"
    E_MAIL = "e-mail address"
    IP_ADDRESS = "IP address"
    HARDWARE_ADDRESS = "hardware address"
    PATH = "path"
    USER_NAME = "user name"
    HOST_NAME = "host name"


# What stands in its place; of a path its last part stays.
MARKS = {
    PrivateKind.PRIVATE_KEY: "[private key]",
    PrivateKind.CREDENTIALS: "[credentials]",
    PrivateKind.AUTHORIZATION: "[authorization]",
    PrivateKind.TOKEN: "[token]",
    PrivateKind.PASSWORD: "[secret]",
    PrivateKind.E_MAIL: "[e-mail]",
    PrivateKind.IP_ADDRESS: "[address]",
    PrivateKind.HARDWARE_ADDRESS: "[address]",
    PrivateKind.PATH: "",
    PrivateKind.USER_NAME: "[user]",
    PrivateKind.HOST_NAME: "[host]",
}
_MARK_TEXTS = {mark for mark in MARKS.values() if mark}


def plain(text: str) -> str:
    """`text` without a terminal's colours: a secret must not hide between two of them."""
    return ANSI.sub("", text)


class Redactor:
    """Takes out what must not be published. `found`: how often each kind was, by where it stood."""

    def __init__(self, machines: Iterable[MachineNames] = ()):
        self.found: dict[PrivateKind, Counter[str]] = defaultdict(Counter)
        self._secrets: set[str] = set()
        self._learned: re.Pattern | None = None
        self._folders, self._names = known_folders(machines := list(machines)), []
        for names in machines:
            for kind, name in ((PrivateKind.USER_NAME, names.user), (PrivateKind.HOST_NAME, names.host)):
                spelt = sorted({name, name.split(".")[0]}, key=len, reverse=True)
                self._names += [(kind, _name(each)) for each in spelt if _tells(each)]

    def take_out(self, texts: Iterable[str]) -> None:
        """Take these very texts out, too. To be said before `learn`."""
        self._secrets |= set(filter(None, texts))

    def learn(self, texts: Iterable[str]) -> None:
        """Remember the values that are secret by their name or place in `texts`, to be taken out wherever they stand."""
        for text in texts:
            text = plain(text)
            for match in NAMED.finditer(text):
                value = self._value(match, code=True) or self._value(match, code=False)
                self._remember(value)
            for match in FLAG.finditer(text):
                self._remember(match[3])
            for match in USER_AND_PASSWORD.finditer(text):
                self._remember(match[3])
            for match in URL.finditer(text):
                user, _, password = match[2].partition(":")
                self._remember(password or user)
            for match in AUTHORIZATION.finditer(text):
                self._remember(match[2].split()[-1])
        spellings = {form for secret in self._secrets for form in (secret, escape(secret), quote(secret, safe=""))}
        if spellings:
            longest_first = sorted(spellings, key=len, reverse=True)
            self._learned = re.compile("|".join(map(re.escape, longest_first)))

    @property
    def secrets_known(self) -> int:
        """How many values are remembered: when it rises, texts that were redacted before may hold one."""
        return len(self._secrets)

    def text(self, text: str, code: bool = False, where: str = "") -> str:
        """`text` without what must not be published. `code`: it is source code. `where` is noted in `found`."""

        def taken(kind: PrivateKind) -> str:
            self.found[kind][where] += 1
            return MARKS[kind]

        def marked(kind: PrivateKind) -> Callable[[re.Match], str]:
            return lambda _: taken(kind)

        text = plain(text)
        text = PRIVATE_KEY.sub(marked(PrivateKind.PRIVATE_KEY), text)
        text = URL.sub(lambda m: self._address(m, taken), text)
        text = AUTHORIZATION.sub(lambda m: self._after(m, m[2], lambda: taken(PrivateKind.AUTHORIZATION)), text)
        text = BEARER.sub(lambda m: f"{m[1]} {taken(PrivateKind.AUTHORIZATION)}", text)
        text = TOKEN.sub(marked(PrivateKind.TOKEN), text)
        text = LONG_KEY.sub(lambda m: m[1] + taken(PrivateKind.TOKEN), text)
        text = USER_AND_PASSWORD.sub(lambda m: self._after(m, m[3], lambda: m[2] + taken(PrivateKind.PASSWORD)), text)
        text = FLAG.sub(lambda m: f"{m[1]}{m[2]}{taken(PrivateKind.PASSWORD)}" if _secret(m[3]) else m[0], text)
        text = NAMED.sub(lambda m: self._named(m, code, taken), text)
        if self._learned:
            text = self._learned.sub(marked(PrivateKind.PASSWORD), text)
        text = EMAIL.sub(marked(PrivateKind.E_MAIL), text)
        text = without_paths(text, code, self._folders, lambda: taken(PrivateKind.PATH))
        text = MAC.sub(marked(PrivateKind.HARDWARE_ADDRESS), text)
        text = IPV4.sub(lambda m: taken(PrivateKind.IP_ADDRESS) if _is_ipv4(m) else m[0], text)
        text = IPV6.sub(lambda m: taken(PrivateKind.IP_ADDRESS) if _is_ipv6(m[0]) else m[0], text)
        for kind, pattern in self._names:
            text = pattern.sub(marked(kind), text)
        return text

    # ---- secrets ----

    def _remember(self, value: str | None) -> None:
        # short values would be found in innocent words all over
        if value and len(value) >= 6 and value not in _MARK_TEXTS and not _is_code_word(value):
            self._secrets.add(value)

    def _address(self, match: re.Match, taken: Callable[[PrivateKind], str]) -> str:
        user = match[2]
        if (
            user in _MARK_TEXTS
            or (user == "git" and match[1].lower().startswith("ssh"))
            or re.fullmatch(r"[:{}\w.]*\{[^{}]*\}", user)
        ):
            return match[0]
        return f"{match[1]}{taken(PrivateKind.CREDENTIALS)}@"

    def _after(self, match: re.Match, value: str, mark: Callable[[], str]) -> str:
        return match[0] if value.strip() in _MARK_TEXTS or value.startswith("{") else match[1] + mark()

    def _named(self, match: re.Match, code: bool, taken: Callable[[PrivateKind], str]) -> str:
        value = self._value(match, code)
        if value is None:
            return match[0]
        start = match.start("quoted") if match["quoted"] is not None else match.start("bare")
        before = match[0][: start - match.start()]
        return before + taken(PrivateKind.PASSWORD) + match[0][start - match.start() + len(value) :]

    def _value(self, match: re.Match, code: bool) -> str | None:
        """The secret in a match of `NAMED`; None when it is none."""
        strong = not re.fullmatch(r"(?i)_?token[_-]?\d*", match["name"])
        colon = match["between"].strip() == ":"
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        in_string = _opens_string(line)
        if match["between"].strip() == "," and not SETS.search(line.rstrip("\"'")):
            return None
        if match["quoted"] is not None:
            value = match["quoted"]
            # the word of a prompt, `input("Password: ")`: what follows the quote is no value
            if in_string and not match["close"] and not match["quote"].startswith("\\"):
                return None
            if not strong and (len(value) < 8 or " " in value):
                return None
            return value if _secret(value) and not _is_template(value, match["prefix"]) else None
        value, after = match["bare"].rstrip(".:"), match.string[match.end() : match.end() + 1]
        if not value or not _secret(value) or value.lower() == match["name"].lower():
            return None
        identifier = re.fullmatch(r"[A-Za-z_][\w.]*", value)
        if identifier and after in "([" and after:  # a call or an element: getpass(), os.environ["…"]
            return None
        command = bool(re.match(r"\s*(?:[%!#]|export\b)", line)) or in_string
        if colon:
            # "if password: return", "def f(password: str)", "The secret: assert shapes."
            if code and not command:
                return None
            telling = re.match(r"(?i)pass|.*key", match["name"]) and not line.lstrip().startswith("#")
            mixed = len(value) >= 6 and re.search(r"\d", value) and re.search(r"[^\d.,:+-]", value)
            return value if (telling and len(value) >= 4) or mixed else None
        if code and not command and identifier:
            return None
        if not strong:
            return value if len(value) >= 8 and re.search(r"\d", value) and re.search(r"[^\d.,]", value) else None
        if identifier and value.split(".")[-1].lower() in match["name"].lower():
            return None
        return None if re.fullmatch(r"[\d.]+", value) and code else value


def _name(name: str) -> re.Pattern:
    """Finds a name as a word of its own: not the method, argument or variable that is called the same."""
    return re.compile(rf"(?i)(?<![\w.]){re.escape(name)}(?!\w|\s*[(=\[])")


def _tells(name: str) -> bool:
    return len(name) >= 3 and name.lower() not in COMMON_NAMES and not name.isdigit()


def _secret(value: str) -> bool:
    """Whether a value can be a secret: not one of our own marks, and no placeholder such as None."""
    value = value.strip()
    return (
        bool(value)
        and value not in _MARK_TEXTS
        and value.lower() not in INNOCENT_VALUES
        and not re.fullmatch(r"[*.•x<>_-]+", value)
    )


def _is_template(value: str, prefix: str) -> bool:
    """`f"{password}"`: a place for a secret, none itself."""
    return "f" in prefix.lower() and bool(re.fullmatch(r"\{[^{}]*\}", value))


def _is_code_word(value: str) -> bool:
    return value.lower() in COMMON_NAMES or value.lower() in INNOCENT_VALUES


def _opens_string(line: str) -> bool:
    """Whether a string is open at the end of `line`, the text of a line so far."""
    quote = ""
    for character in re.sub(r"\\.", "", line):
        if not quote and character == "#":
            return False
        if not quote and character in "\"'":
            quote = character
        elif character == quote:
            quote = ""
    return bool(quote)


def _is_ipv4(match: re.Match) -> bool:
    """Whether four numbers are an address: versions (torch 2.14.1.0) and an address of this very machine are not taken out."""
    octets = [int(part) for part in match[1].split(".")]
    if max(octets) > 255 or any(len(part) > 1 and part[0] == "0" for part in match[1].split(".")):
        return False
    if octets[0] in (0, 127, 255):
        return False
    before, after = (
        match.string[max(0, match.start() - 24) : match.start()],
        match.string[match.end() : match.end() + 6],
    )
    if BEFORE_VERSION.search(before):
        return False
    named = re.search(
        r"(?i)(?:://|@|\b(?:ip|host|addr(?:ess)?|server|inet|ssh|ping|from|to|on|at)\b[\s=:\"'(]*)$", before
    )
    return bool(octets[0] >= 10 or named or re.match(r":\d{2,5}\b", after))


def _is_ipv6(text: str) -> bool:
    """Whether colons and digits are an address: `x[1::2]` and 12:30:45 are not."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    groups = [group for group in text.split(":") if group]
    has_letter = re.search(r"[A-Fa-f]", text)
    return (
        not address.is_loopback
        and len(groups) >= 2
        and bool(has_letter or len(groups) >= 4)
        and len(max(groups, key=len)) >= 3
    )
