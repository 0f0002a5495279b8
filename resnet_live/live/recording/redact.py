"""Take secrets, absolute paths and personal data out of what a class has run and seen, and say what was taken out.

Two passes: `Redactor.learn` reads everything first and remembers the values of passwords and keys, so that `Redactor.text` finds
them again where nothing says what they are (a bare `print(key)`). When in doubt, something is taken out: the original
record is not changed.
"""

import builtins
import ipaddress
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.private_paths import known_folders, without_paths

# Names of accounts and machines that identify nobody; taken out, they would maim code.
COMMON_NAMES = {
    *(
        "root",
        "user",
        "users",
        "admin",
        "ubuntu",
        "debian",
        "runner",
        "jovyan",
        "student",
        "students",
        "teacher",
        "test",
        "guest",
    ),
    *(
        "nobody",
        "vagrant",
        "docker",
        "colab",
        "kaggle",
        "home",
        "work",
        "data",
        "torch",
        "fastai",
        "python",
        "jupyter",
        "model",
    ),
    *("localhost", "localdomain", "host", "local", "computer", "laptop", "server"),
    *dir(builtins),
    *keyword.kwlist,
}

MARKS = {
    "private key": "[private key]",
    "credentials in an address": "[credentials]",
    "authorization header": "[authorization]",
    "token": "[token]",
    "password or key": "[secret]",
    "e-mail address": "[e-mail]",
    "IP address": "[address]",
    "hardware address": "[address]",
    "path": "",
    "user name": "[user]",
    "host name": "[host]",
}
_MARK_TEXTS = {mark for mark in MARKS.values() if mark}

# ---- What has a shape of its own ----

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[0-9A-Z]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}"  # GitHub, GitLab
    r"|hf_[A-Za-z0-9]{16,}|api_org_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|sk-[A-Za-z0-9_-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"  # OpenAI and its like; Stripe
    r"|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}"  # Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dop_v1_[0-9a-f]{30,}"
    r"|eyJ[\w-]{6,}\.eyJ[\w-]{4,}\.[\w-]*|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"  # JSON web tokens
    r")"
)
_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,20}://)([^\s/?#\"'<>]{1,300})@")
_AUTHORIZATION = re.compile(
    r"(?i)(\bauthorization(?:[\"']|&quot;)?\]?\s*[:=,]\s*(?:[rbfu]{0,2}[\"']|&quot;)?\s*)"
    r"((?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]+)?[^\s\"'\\&,;{}()<>]{4,}[^\n\"'\\&<>]*)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)[ \t]+((?=[\w.~+/-]*[0-9])[\w.~+/-]{12,}=*)")
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}(?:[a-z]{2}|[A-Z]{2}|(?i:com|org|net|edu|gov|mil|int|info|biz|dev|app|"
    r"name|pro|academy|school|university|cloud|tech|online|site|email|local|lan|example|test|invalid))(?![\w(\[]|\.\w)"
)
_IPV4 = re.compile(r"(?<![\w.+-])((?:\d{1,3}\.){3}\d{1,3})(?![\w+-]|\.\d|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_MAC = re.compile(r"(?<![\w:-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![\w:])")
_BEFORE_VERSION = re.compile(r"(?i)(?:[=<>!~]=|\bv(?:ersion|ers|er)?\b)[\s:=\"'.]*$|[\w\])]-$")

# ---- What its name gives away ----

_STRONG = (
    r"pass(?:word|wd|phrase|code)|\bpwd|secret|credentials?|"
    r"(?:api|access|auth|private|account|encryption|signing|storage|subscription)[_ -]?key|"
    r"(?:auth|access|refresh|bearer|session)[_-]?token"
)
_QUOTE = r"\"\"\"|'''|\\?\"|\\?'|&quot;|&#x27;|&#39;"
_NAMED = re.compile(
    rf"(?i)(?P<name>(?:{_STRONG})[\w-]{{0,40}}|(?<![a-z])token(?:[_-]?\d+)?(?![\w-])|_token(?![\w-])|(?-i:(?<=[a-z])Token)(?![\w-]))"
    rf"(?P<close>{_QUOTE})?\]?"
    r"(?P<between>[ \t]*(?::[ \t]*[A-Za-z_][\w\[\], .|]{0,60}?[ \t]*=(?!=)|[=!]=|:=|=>|=|:)[ \t]*|(?<=[\"']),[ \t]*)"
    rf"(?:(?P<prefix>[rbfuRBFU]{{0,2}})(?P<quote>{_QUOTE})(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\\\n])){{1,4000}})(?P=quote)"
    r"|(?P<bare>[^\s\"'\\,;&<>()\[\]{}|#]+))"
)
_FLAG = re.compile(
    r"(?i)((?<![\w-])--?[\w-]{0,40}?(?:password|passwd|token|secret|api-?key|access-?key)[\w-]{0,40}(?:=|[ \t]+))([\"']?)"
    r"([^\s\"'\\]{3,})"
)
_LONG_KEY = re.compile(
    r"(?i)(\bkey(?:[\"'])?\s*[=:]\s*[\"'])((?=[\w+/-]{0,200}[0-9])(?=[\w+/-]{0,200}[a-z])[\w+/-]{24,}=*)(?=[\"'])"
)
_USER_AND_PASSWORD = re.compile(r"((?<![\w-])(?:-u|--user)[= ]+[\"']?)([^\s:\"'{}]{1,64}:)([^\s\"'{}]{3,})")
_SETS = re.compile(r"(?i)(?:setdefault|putenv|setenv|set_key|set_password|set_secret)\([^()\n]{0,80}$")
_INNOCENT_VALUES = {
    *(
        "none",
        "true",
        "false",
        "null",
        "str",
        "int",
        "bytes",
        "float",
        "bool",
        "string",
        "optional",
        "required",
        "optional[str]",
    ),
    *(
        "self",
        "any",
        "secretstr",
        "...",
        "***",
        "hidden",
        "input",
        "return",
        "raise",
        "pass",
        "yes",
        "no",
        "missing",
        "empty",
    ),
}

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")


def plain(text: str) -> str:
    """`text` without a terminal's colours: a secret must not hide between two of them."""
    return _ANSI.sub("", text)


class Redactor:
    """Takes out what must not be published. `found`: what was taken out, kind → number of times for each place."""

    def __init__(self, machines: Iterable[MachineNames] = ()):
        self.found: dict[str, Counter] = defaultdict(Counter)
        self._secrets: set[str] = set()
        self._learned: re.Pattern | None = None
        self._folders, self._names = known_folders(machines := list(machines)), []
        for names in machines:
            for kind, name in (("user name", names.user), ("host name", names.host)):
                spelt = sorted({name, name.split(".")[0]}, key=len, reverse=True)
                self._names += [(kind, _name(each)) for each in spelt if _tells(each)]

    def learn(self, texts: Iterable[str]) -> None:
        """Remember the values that are secret by their name or place in `texts`, to be taken out wherever they stand."""
        for text in texts:
            text = plain(text)
            for match in _NAMED.finditer(text):
                value = self._value(match, code=True) or self._value(match, code=False)
                self._remember(value)
            for match in _FLAG.finditer(text):
                self._remember(match[3])
            for match in _USER_AND_PASSWORD.finditer(text):
                self._remember(match[3])
            for match in _URL.finditer(text):
                user, _, password = match[2].partition(":")
                self._remember(password or user)
            for match in _AUTHORIZATION.finditer(text):
                self._remember(match[2].split()[-1])
        spellings = {form for secret in self._secrets for form in (secret, escape(secret), quote(secret, safe=""))}
        if spellings:
            longest_first = sorted(spellings, key=len, reverse=True)
            self._learned = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str, code: bool = False, where: str = "") -> str:
        """`text` without what must not be published. `code`: it is source code. `where` is noted in `found`."""

        def taken(kind: str) -> str:
            self.found[kind][where] += 1
            return MARKS[kind]

        text = plain(text)
        text = _PRIVATE_KEY.sub(lambda _: taken("private key"), text)
        text = _URL.sub(lambda m: self._address(m, taken), text)
        text = _AUTHORIZATION.sub(lambda m: self._after(m, m[2], lambda: taken("authorization header")), text)
        text = _BEARER.sub(lambda m: f"{m[1]} {taken('authorization header')}", text)
        text = _TOKEN.sub(lambda _: taken("token"), text)
        text = _LONG_KEY.sub(lambda m: m[1] + taken("token"), text)
        text = _USER_AND_PASSWORD.sub(lambda m: self._after(m, m[3], lambda: m[2] + taken("password or key")), text)
        text = _FLAG.sub(lambda m: f"{m[1]}{m[2]}{taken('password or key')}" if _secret(m[3]) else m[0], text)
        text = _NAMED.sub(lambda m: self._named(m, code, taken), text)
        if self._learned:
            text = self._learned.sub(lambda _: taken("password or key"), text)
        text = _EMAIL.sub(lambda _: taken("e-mail address"), text)
        text = without_paths(text, code, self._folders, lambda: taken("path"))
        text = _MAC.sub(lambda _: taken("hardware address"), text)
        text = _IPV4.sub(lambda m: taken("IP address") if _is_ipv4(m) else m[0], text)
        text = _IPV6.sub(lambda m: taken("IP address") if _is_ipv6(m[0]) else m[0], text)
        for kind, pattern in self._names:
            text = pattern.sub(lambda _, kind=kind: taken(kind), text)
        return text

    def summary(self) -> list[str]:
        """What was taken out: a line for each kind, with the number of times and the places."""
        lines = []
        for kind, places in self.found.items():
            named, count = [place for place in places if place], sum(places.values())
            where = (
                f" (in {', '.join(named[:8])}{f', and {len(named) - 8} more' if len(named) > 8 else ''})"
                if named
                else ""
            )
            lines.append(f"{kind}: {count:,} {'time' if count == 1 else 'times'}{where}")
        return lines

    # ---- secrets ----

    def _remember(self, value: str | None) -> None:
        # short values would be found in innocent words all over
        if value and len(value) >= 6 and value not in _MARK_TEXTS and not _is_code_word(value):
            self._secrets.add(value)

    def _address(self, match: re.Match, taken) -> str:
        user = match[2]
        if (
            user in _MARK_TEXTS
            or (user == "git" and match[1].lower().startswith("ssh"))
            or re.fullmatch(r"[:{}\w.]*\{[^{}]*\}", user)
        ):
            return match[0]
        return f"{match[1]}{taken('credentials in an address')}@"

    def _after(self, match: re.Match, value: str, taken) -> str:
        return match[0] if value.strip() in _MARK_TEXTS or value.startswith("{") else match[1] + taken()

    def _named(self, match: re.Match, code: bool, taken) -> str:
        value = self._value(match, code)
        if value is None:
            return match[0]
        start = match.start("quoted") if match["quoted"] is not None else match.start("bare")
        before = match[0][: start - match.start()]
        return before + taken("password or key") + match[0][start - match.start() + len(value) :]

    def _value(self, match: re.Match, code: bool) -> str | None:
        """The secret in a match of `_NAMED`; None when it is none."""
        strong = not re.fullmatch(r"(?i)_?token[_-]?\d*", match["name"])
        colon = match["between"].strip() == ":"
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        in_string = _opens_string(line)
        if match["between"].strip() == "," and not _SETS.search(line.rstrip("\"'")):
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
        and value.lower() not in _INNOCENT_VALUES
        and not re.fullmatch(r"[*.•x<>_-]+", value)
    )


def _is_template(value: str, prefix: str) -> bool:
    """`f"{password}"`: a place for a secret, none itself."""
    return "f" in prefix.lower() and bool(re.fullmatch(r"\{[^{}]*\}", value))


def _is_code_word(value: str) -> bool:
    return value.lower() in COMMON_NAMES or value.lower() in _INNOCENT_VALUES


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
    if _BEFORE_VERSION.search(before):
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
