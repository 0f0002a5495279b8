"""Absolute paths in text and code: found whatever the machine writes them like, and shortened to what teaches something."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from resnet_live.live.recording.machine_names import MachineNames

_SEGMENT = r"[^\s\"'<>|*?:;,()\[\]{}\\/`]"  # a character of a name in a path
_ROOTS = (
    "home|Users|root|tmp|var|usr|opt|mnt|media|data|srv|work|workspace|workspaces|content|kaggle|scratch|etc|private|Volumes|nfs|"
    "lustre|gpfs|projects?|run|proc|dev|lib|lib64|bin|sbin|snap|nix|cluster|storage|shared|export|app|code|repo|builds|Library|"
    "Applications|System|cygdrive|teaching|students"
)
# A slash in front of which stands none of these begins a path and is no division, closing tag or part of an address.
_FRESH = r"(?<![\w.~<\\)\]}/-])(?<!:/)"
_UNIX = re.compile(rf"{_FRESH}/(?:{_ROOTS})(?:/{_SEGMENT}+)*/?(?![\w])")
_QUOTED_UNIX = re.compile(
    r"(?:(?<=Path\([\"'])|(?<=[\"']))/(?=[^\"'\n]{2,400}[\"'])(?:[^\"'\n/<>:*?|]{1,120}/){1,30}[^\"'\n/<>:*?|]{0,120}(?=[\"'])"
)
_IN_TRACEBACK = re.compile(r"(?<=\bFile )(\"?)/[^\"\n:]{1,400}(?=\"|:\d)")
_HOME = re.compile(rf"{_FRESH}(?:/(?:home|Users)/(?!Shared\b){_SEGMENT}+|/root(?![\w-]))")
_QUOTED_HOME = re.compile(r"(?<=[\"'])/(?:home|Users)/[^\"'\n/]{1,100}(?=[/\"'])")
_TEMP = re.compile(rf"{_FRESH}(?:/private)?(?:/var/folders/{_SEGMENT}+/{_SEGMENT}+/T|/var/tmp|/tmp)(?![\w-])")
_INSIDE = rf"(?:(?:{_SEGMENT}|(?<=\w) (?=[\w(])){{1,80}}[\\/]+){{0,20}}"
_PACKAGES = re.compile(
    rf"(?:(?<![\w.~])[A-Za-z]:|~|\.{{1,2}}|\[(?:temp|data)\]|(?<![\w/\\]))[\\/]+{_INSIDE}(?:site|dist)-packages[\\/]+"
)
_STANDARD = re.compile(
    rf"(?:~|\.{{1,2}}|\[(?:temp|data)\]|(?<![\w/\\.]))/(?:{_SEGMENT}{{1,80}}/){{0,20}}lib(?:64)?/(?=python3?\.\d+/{_SEGMENT})"
)
_WIN_ROOTS = (
    "Users|Windows|Program Files|Program Files \\(x86\\)|ProgramData|Documents and Settings|Temp|tmp|data|work|dev|"
    "projects?|repos?|git|src|code|courses?|Python\\d*|anaconda3?|miniconda3?|miniforge3?|tools|home"
)
_WIN_NAME = r"[^\"'<>|*?:\r\n\\/,;`]"
_WINDOWS_HOME = re.compile(
    r"(?i)(?<![A-Za-z0-9])[A-Z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2}(?:[^\"'<>|*?:\r\n\\/,;`\s]|"
    r"(?<=\w) (?=\w[^\"'\n:]{0,100}[\\/]))+"
)
# a drive and one backslash may be `"b:\n"` in code: only where a folder is known, or the slashes are doubled or forward
_WINDOWS = re.compile(
    rf"(?i)(?<![A-Za-z0-9])[A-Z]:(?:\\(?:{_WIN_ROOTS})(?=[\\/\"'\s]|$)|(?:\\\\|/(?!/))(?={_WIN_NAME}{{2}}))"
    rf"(?:{_WIN_NAME}{{0,120}}[\\/]{{1,2}}){{0,30}}(?:[^\"'<>|*?:\r\n\\/,;`\s]+)?"
)
_WINDOWS_OUTPUT = re.compile(
    rf"(?<![A-Za-z0-9])[A-Z]:\\(?:{_WIN_NAME}{{2,120}}[\\/]{{1,2}}){{0,30}}(?:[^\"'<>|*?:\r\n\\/,;`\s]+)?"
)
_RAW_WINDOWS = re.compile(rf"(?i)(?<=r[\"'])[A-Z]:\\(?:{_WIN_NAME}{{1,120}}[\\/]{{1,2}}){{0,30}}(?:{_WIN_NAME}+)?")
_SHARE = re.compile(rf"(?<![\w\\:])\\\\(?:\\\\)?[A-Za-z][\w.-]+\\{{1,2}}[\w$.-]+(?:\\{{1,2}}{_SEGMENT}+)*")
_WINDOWS_TEMP = re.compile(
    rf"(?i)(?<![A-Za-z0-9])[A-Z]:[\\/]{{1,2}}(?:Users[\\/]{{1,2}}{_WIN_NAME}{{1,80}}[\\/]{{1,2}}AppData[\\/]{{1,2}}Local[\\/]{{1,2}}|Windows[\\/]{{1,2}})Temp"
    r"(?![\w-])"
)


@dataclass(frozen=True)
class KnownFolder:
    """A folder of a recording machine: how to find it, and what stands in its place."""

    pattern: re.Pattern
    shown: str


def known_folders(machines: Iterable[MachineNames]) -> list[KnownFolder]:
    """The folders of recording machines, the deepest first; a bare "/" or drive stands in every path and is none."""
    folders: dict[str, str] = {}
    for names in machines:
        for shown, paths in (("[data]", names.data), ("[temp]", names.temp), ("~", names.home), (".", names.folder)):
            folders |= dict.fromkeys((path for path in paths if len(path.strip("\\/")) > 2), shown)
    return [
        KnownFolder(_spellings(path), shown) for path, shown in sorted(folders.items(), key=lambda item: -len(item[0]))
    ]


def without_paths(text: str, code: bool, known: Iterable[KnownFolder], taken: Callable[[], str]) -> str:
    """`text` with absolute paths shortened: home folders to "~", packages to their own part, others to their last name.

    `code`: it is source code, in which a backslash begins an escape; `known`: from `known_folders`; `taken` is called for each
    path that was shortened.
    """

    def shown(mark: str):
        def put(match: re.Match) -> str:
            taken()
            return mark

        return put

    def last(match: re.Match) -> str:
        path = match[0]
        if path.strip("\\/") in ("", "dev/null") or path.startswith("/dev/null"):
            return path
        taken()
        lead = '"' if path.startswith('"') else ""
        tail = "/" if path.endswith(("/", "\\")) else ""
        names = [name for name in re.split(r"[\\/]+", path.strip('"')) if name and not re.fullmatch(r"[A-Za-z]:", name)]
        return f"{lead}…/{names[-1]}{tail}" if names else f"{lead}…{tail}"

    for folder in known:
        text = folder.pattern.sub(shown(folder.shown), text)
    text = _WINDOWS_TEMP.sub(shown("[temp]"), text)
    text = _PACKAGES.sub(shown(""), text)
    text = _STANDARD.sub(shown(""), text)
    text = _TEMP.sub(shown("[temp]"), text)
    text = _WINDOWS_HOME.sub(shown("~"), text)
    text = _QUOTED_HOME.sub(shown("~"), text)
    text = _HOME.sub(shown("~"), text)
    text = _RAW_WINDOWS.sub(last, text)
    text = _WINDOWS.sub(last, text)
    if not code:
        text = _WINDOWS_OUTPUT.sub(last, text)
    text = _SHARE.sub(last, text)
    text = _IN_TRACEBACK.sub(last, text)
    text = _QUOTED_UNIX.sub(lambda m: last(m) if _is_file(m) else m[0], text)
    return _UNIX.sub(last, text)


def _spellings(path: str) -> re.Pattern:
    """Finds a folder with slashes of either kind, single or doubled, and on Windows in letters of either case."""
    parts = [re.escape(part) for part in re.split(r"[\\/]+", path.rstrip("\\/"))]
    windows = bool(re.match(r"[A-Za-z]:", path))
    # the first slash alone: file:///home is two slashes and a path
    body = r"[\\/]{1,2}".join(parts) if windows else "/" + r"/{1,2}".join(parts[1:])
    return re.compile(rf"(?<![\w.~-]){'(?i:' if windows else '(?:'}{body})(?![\w-])")


def _is_file(match: re.Match) -> bool:
    """Whether a quoted text that begins with a slash is a path: it ends like a file, or stands in `Path(…)`."""
    called = re.search(r"(?:Path|open|File )\(?[rb]?[\"']$", match.string[max(0, match.start() - 12) : match.start()])
    return bool(called) or bool(re.search(r"/[^/]+\.\w{1,5}$", match[0]))
