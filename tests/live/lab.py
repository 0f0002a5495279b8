"""A real JupyterLab with a folder of notebooks, and the hands of somebody who works in it."""

import itertools
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "rehearsal"
OPEN = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # the notebook in front
ACTIVE = ".jp-CodeCell.jp-mod-active"
# Lab keeps only the cells on the screen in the page; a test reads them all.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": '{"windowingMode": "none"}',
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": '{"fetchNews": "false", "checkForUpdates": false}',
}


@contextmanager
def jupyter_lab(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """JupyterLab on `folder`, with settings of its own; gives its address."""
    home = folder / ".jupyter"
    for name, content in SETTINGS.items():
        file = home / "config" / "lab" / "user-settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    settings = {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data")}
    log = folder / ".jupyter" / "server.log"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **settings, **environment}, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait(30)


def _address(server, log: Path, seconds: float = 60) -> str:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and server.poll() is None:
        if found := re.search(r"http://(?:127\.0\.0\.1|localhost):(\d+)/", log.read_text()):
            address = f"http://127.0.0.1:{found[1]}"
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}").close()
            except OSError:
                time.sleep(0.2)
                continue
            return address
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


class Hands:
    """Somebody at the keyboard of one notebook in JupyterLab."""

    def __init__(self, browser, address: str, notebook: str):
        self._marks = itertools.count()
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.page.set_default_timeout(60_000)
        self.page.goto(f"{address}/lab/tree/{notebook}?token={TOKEN}")
        # Before the kernel answers, Lab drops what is to be run.
        self.page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle")).wait_for()

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.locator(f"{OPEN} .jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()

    def cells(self):
        """All code cells of the notebook, in order."""
        return self.page.locator(f"{OPEN} .jp-Notebook .jp-CodeCell")

    def cell(self, text: str):
        """The first code cell in whose editor `text` stands."""
        return self.fixed(self.cells().filter(has=self.page.locator(".cm-content", has_text=text)).first)

    def run(self, cell, advance: bool = False):
        """Run `cell` (Ctrl+Enter, or Shift+Enter with `advance`), wait, and return it."""
        cell.locator(".cm-content").click()
        self._run(cell, "Shift+Enter" if advance else "Control+Enter")
        return cell

    def _run(self, cell, keys: str) -> None:
        """Press `keys` in `cell`, and wait until it has run: Lab writes a new number beside it."""
        cell.locator(".jp-InputPrompt").evaluate("prompt => { prompt.textContent = ''; }")
        self.page.keyboard.press(keys)
        numbered = "cell => /[0-9]/.test(cell.querySelector('.jp-InputPrompt').textContent)"
        self.page.wait_for_function(numbered, arg=cell.element_handle())
        self.idle()

    def enter(self, *says: str, keys: str = "Shift+Enter"):
        """Run the cell that has the focus, and wait until it `says` that much; returns it."""
        cell = self.fixed(self.page.locator(ACTIVE))
        self._run(cell, keys)
        for text in says:
            cell.locator(".jp-OutputArea-output", has_text=text).first.wait_for(state="attached")
        return cell

    def holds(self, begins: str) -> None:
        """Wait until the cell that has the focus begins with this."""
        self.page.wait_for_function(
            "([active, begins]) => (document.querySelector(active + ' .cm-content')?.textContent ?? '').startsWith(begins)",
            arg=[ACTIVE, begins],
        )

    def to_the_end(self) -> None:
        """The cursor behind what stands in the cell that is chosen."""
        if "jp-mod-editMode" not in self.page.locator(f"{OPEN} .jp-Notebook").get_attribute("class"):
            self.page.keyboard.press("Enter")
        self.page.keyboard.press("Control+End")

    def type_below(self, text: str) -> None:
        """Type into the cell that is chosen, below its line."""
        self.to_the_end()
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)

    def say(self, command: str, *says: str):
        """Run `command` in a new cell above the one that is chosen, which then is chosen again; returns the new one."""
        for key in ("Escape", "a", "Enter"):
            self.page.keyboard.press(key)
        self.page.keyboard.insert_text(command)
        return self.enter(*says)

    def add(self, cell, text: str):
        """Type `text` as a new last line of `cell`."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)
        return cell

    def below(self, cell, text: str):
        """A new code cell below `cell` that holds `text`."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)
        return self.fixed(self.page.locator(ACTIVE))

    def after(self, cell):
        """The code cell that follows `cell`."""
        found = cell.locator("xpath=following::*[contains(concat(' ', @class, ' '), ' jp-CodeCell ')][1]")
        found.wait_for()
        return self.fixed(found)

    def fixed(self, cell):
        """`cell` by its element, so that new cells above it do not matter."""
        mark = f"rehearsal-{next(self._marks)}"
        cell.evaluate("(element, mark) => element.setAttribute('data-mark', mark)", mark)
        return self.page.locator(f"[data-mark={mark}]")

    def restart(self) -> None:
        """Restart the kernel from the menu, and wait until it answers."""
        with self.restarting():
            self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
            self.page.get_by_text("Restart Kernel…", exact=True).click()
            self.page.locator(".jp-Dialog .jp-mod-accept").click()

    @contextmanager
    def restarting(self) -> Iterator[None]:
        """What is done in it restarts the kernel; wait until that answers."""
        with self.page.expect_response(re.compile("/restart")):
            yield
        self.page.locator(".jp-Dialog").wait_for(state="detached")
        self.idle()

    @staticmethod
    def code(cell) -> str:
        """What stands in the cell."""
        return cell.locator(".cm-content").inner_text()

    @staticmethod
    def shown(cell) -> str:
        """What stands below the cell."""
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())
