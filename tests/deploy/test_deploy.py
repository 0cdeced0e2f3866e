"""What is deployed: no container engine runs here, so what can be checked without one is."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.settings import describe
from tests.house.test_layout import pyproject
from worker.service import STOP_WITHIN_MS

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
UNIT = ROOT / "deploy" / "orderwatch.service"

SERVICES = ("migrate", "scheduler", "worker", "postgres", "redis")


@pytest.fixture(scope="module")
def compose() -> Any:
    """The services as an engine sees them."""
    return YAML(typ="safe").load(COMPOSE)


def test_the_compose_file_is_one() -> None:
    """Against the schema of the Compose specification, which comes with the checker."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [str(checker), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_has_what_years_need(compose: Any) -> None:
    """A health check, a restart policy, bounded logs, volumes for what is kept."""
    services = compose["services"]
    assert set(services) == set(SERVICES)
    for name in ("scheduler", "worker", "postgres", "redis"):
        service = services[name]
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["logging"]["options"]["max-size"], name
    for name in ("scheduler", "worker"):
        assert services[name]["healthcheck"]["test"] == ["CMD", "orderwatch", "health"]
        assert services[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }
    kept = {volume.split(":")[0] for s in services.values() for volume in s.get("volumes", ())}
    assert kept == set(compose["volumes"])


def test_the_program_gets_the_time_it_may_take(compose: Any) -> None:
    """A worker that finishes what it holds is not killed meanwhile."""
    needed = STOP_WITHIN_MS / 1000
    for name in ("scheduler", "worker"):
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > needed
    assert int(unit()["Service"]["TimeoutStopSec"]) > needed


def test_the_containers_may_do_little(compose: Any) -> None:
    """No root, no writing but where it must, no capability, secrets as files only."""
    for name in ("migrate", "scheduler", "worker"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
        for variable, value in service["environment"].items():
            assert variable.endswith("_FILE") or "password" not in value.lower()
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in compose["secrets"]
    assert re.search(r"^USER 10001$", (ROOT / "Dockerfile").read_text(), re.M)


def test_every_setting_exists(compose: Any) -> None:
    """Nobody deploys a setting that would be refused."""
    known = {info.variable for info in describe()}
    named = {n for s in compose["services"].values() for n in s.get("environment", ())}
    named |= set(re.findall(r"ORDERWATCH_\w+", UNIT.read_text()))
    ours = {name for name in named if name.startswith("ORDERWATCH_")}
    assert {name.removesuffix("_FILE") for name in ours} <= known


def test_the_image_holds_the_whole_program() -> None:
    """Every package that is installed is copied, and nothing more reaches the build."""
    text = (ROOT / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.M))
    packages = {name.split(".")[0] for name in pyproject()["tool"]["setuptools"]["packages"]}
    assert copied == packages
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in packages} <= set(allowed)
    extras = re.search(r"^ARG EXTRAS=([\w,]+)$", text, re.M)
    assert extras
    assert set(extras[1].split(",")) <= set(pyproject()["project"]["optional-dependencies"])


def unit() -> configparser.ConfigParser:
    """The unit; a key that comes twice would be read as its last one."""
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser


def test_the_unit_is_hardened_and_starts_again() -> None:
    """It may write its own folder alone, and is not restarted into wrong settings."""
    service = unit()["Service"]
    assert service["ExecStart"].endswith("/orderwatch run")
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["User"] == "orderwatch"
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing, but for the program that is not installed here."""
    copy = tmp_path / "orderwatch.service"
    text = UNIT.read_text().replace("/opt/orderwatch/.venv/bin/orderwatch", "/bin/true")
    copy.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],  # noqa: S607
        capture_output=True,
        text=True,
    )
    said = [line for line in done.stderr.splitlines() if "orderwatch" in line]
    assert said == []
