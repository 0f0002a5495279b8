"""Where the course's sources lie, and the addresses that follow from it: launch buttons, source, issue, edit.

One setting, `repository` in _config.yml; where it is empty, what the CI says; where that is silent too, there are no links.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

LAUNCH_BRANCH = "launch"  # tools/ci/push_launch.sh pushes it with each release
CHOOSE_A_HUB = "https://nbgitpuller.readthedocs.io/en/latest/link.html"


class SettingError(ValueError):
    """A setting of _config.yml that cannot be meant."""


@dataclass(frozen=True)
class Repository:
    """`server`: "https://github.com"; `owner` may hold groups, as in GitLab; `branch`: where the sources are read and changed;
    `provider`: "github", "gitlab", or "" for what is neither."""

    server: str
    owner: str
    name: str
    branch: str = "main"
    provider: str = ""

    @property
    def url(self) -> str:
        return f"{self.server}/{self.owner}/{self.name}"


@dataclass(frozen=True)
class Launch:
    """A service that opens a notebook: its name, the link, and what happens there, in a few words."""

    service: str
    url: str
    says: str


def find_repository(url: str, branch: str, environ: Mapping[str, str]) -> Repository | None:
    """The repository of the settings `url` and `branch`, else of the CI's environment, else None. Raises SettingError."""
    by_ci = environ.get("GITHUB_REPOSITORY", "")
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    if not url and by_ci:
        url = f"{server}/{by_ci}"
        # a pull request's ref and a tag are no branches to change something on
        on_branch = environ.get("GITHUB_REF_TYPE") == "branch" and not environ.get("GITHUB_HEAD_REF")
        branch = branch or (environ.get("GITHUB_REF_NAME", "") if on_branch else "")
    if not url:
        return None
    found = re.fullmatch(r"(https?://[\w.-]+(?::\d+)?)/([\w./~-]+)/([\w.-]+?)(?:\.git)?/?", url)
    if not found:
        raise SettingError(f"repository: {url!r} is no address like https://github.com/OWNER/NAME")
    if not re.fullmatch(r"[\w./-]*", branch):
        raise SettingError(f"repository: {branch!r} is no name of a branch")
    of_ci = bool(by_ci) and found[1] == server  # a server of one's own, as the CI names it, is GitHub's too
    provider = next((name for name in ("github", "gitlab") if name in found[1]), "github" if of_ci else "")
    return Repository(found[1], found[2], found[3], branch or "main", provider)


def theme_options(repository: Repository | None) -> dict[str, object]:
    """The theme's options for its buttons "source", "open an issue" and "edit"; all off without a repository that it knows."""
    known = repository is not None and bool(repository.provider)
    options: dict[str, object] = {f"use_{what}_button": known for what in ("source", "issues", "edit_page")}
    if repository and known:
        options |= {"repository_url": repository.url, "repository_branch": repository.branch}
        options["repository_provider"] = repository.provider
    return options


def launches(repository: Repository | None, path: str, hub: str = "", branch: str = LAUNCH_BRANCH) -> list[Launch]:
    """The services that can open the notebook at `path` of the branch of notebooks ready to launch.

    `hub`: the address of a JupyterHub with nbgitpuller, empty to let the reader name one.
    """
    if repository is None:
        return []
    found, at = [], f"{repository.owner}/{repository.name}"
    if repository.server == "https://github.com":
        url = f"https://colab.research.google.com/github/{at}/blob/{branch}/{quote(path)}"
        found.append(Launch("Colab", url, "Google's notebooks: a Google account, a GPU if you choose one"))
    kind = {"https://github.com": f"gh/{at}", "https://gitlab.com": f"gl/{quote(at, safe='')}"}
    kind.setdefault(repository.server, f"git/{quote(repository.url, safe='')}")
    url = f"https://mybinder.org/v2/{kind[repository.server]}/{branch}?labpath={quote(path, safe='')}"
    found.append(Launch("Binder", url, "no account; starts in minutes, forgets everything when you leave"))
    if repository.server == "https://github.com":
        url = f"https://codespaces.new/{at}?{urlencode({'quickstart': 1, 'ref': branch})}"
        found.append(Launch("Codespaces", url, f"a GitHub account; then open {path}"))
    pull = {"repo": repository.url, "branch": branch, "urlpath": f"lab/tree/{repository.name}/{path}"}
    if hub:
        url = f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(pull, safe='/')}"
        found.append(Launch("JupyterHub", url, "the hub of your school"))
    else:
        url = f"{CHOOSE_A_HUB}?{urlencode(pull, safe='/')}"
        found.append(Launch("JupyterHub", url, "type in the address of your school's hub, and follow the link"))
    return found
