"""The systemd units start what is there, with settings that there are."""

import configparser
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdrstats.cli.up import _streamlit
from cdrstats.settings import VARIABLES, read_settings

from .browser import free_port
from .proxy import Ports, checked, configured, nginx
from .test_docs import COMMANDS

DEPLOY = Path(__file__).parent.parent / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SERVICES = sorted(DEPLOY.glob("*.service"))
PYTHON = "/opt/cdrstats/.venv/bin/python"


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def started(path: Path) -> list[list[str]]:
    """What a unit runs of ours, as the words after `python -m`."""
    found = []
    for key, line in unit(path)["Service"].items():
        if key.startswith("Exec") and PYTHON in line:
            words = shlex.split(line.partition(f"{PYTHON} -m ")[2].replace("'", ""))
            found.append(words)
    return found


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_what_is_started_is_there(path: Path) -> None:
    assert started(path)
    for module, *words in started(path):
        assert importlib.util.find_spec(module)
        if module == "cdrstats":
            assert {words[0], " ".join(words[:2])} & set(COMMANDS)


def test_the_page_is_started_as_up_does() -> None:
    [words] = started(DEPLOY / "cdrstats-web@.service")
    settings = read_settings({})
    given = {"%i": str(settings.port), "${CDRSTATS_ADDRESS}": settings.address}
    assert ["-m", *(given.get(word, word) for word in words)] == _streamlit(settings)
    environment = unit(DEPLOY / "cdrstats-web@.service")["Service"]["Environment"]
    assert environment == f"CDRSTATS_ADDRESS={settings.address}"


def test_the_target_holds_all_web_processes() -> None:
    web = unit(DEPLOY / "cdrstats-web@.service")
    assert (DEPLOY / web["Install"]["WantedBy"]).is_file()
    assert web["Install"]["WantedBy"] in web["Unit"]["PartOf"].split()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_settings_are_set(path: Path) -> None:
    assert set(re.findall(r"CDRSTATS_[A-Z_]+", path.read_text("utf-8"))) <= set(VARIABLES)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_may_do_no_more_than_it_must(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "cdrstats"
    assert service["EnvironmentFile"] == "/etc/cdrstats.env"
    for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID"):
        assert service[key] == "yes"
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert service["ReadWritePaths"] == "/var/lib/cdrstats"
    settings = (DEPLOY / "cdrstats.env").read_text("utf-8")
    assert f"CDRSTATS_VAR_DIR={service['ReadWritePaths']}\n" in settings


def test_every_backup_has_a_name_of_its_own_that_is_cleared_away() -> None:
    service = unit(DEPLOY / "cdrstats-backup.service")["Service"]
    assert "cdrstats-$$(date +%%Y%%m%%dT%%H%%M%%S).zip" in service["ExecStart"]
    assert "( -name cdrstats-*.zip -mtime +14 -o" in service["ExecStartPost"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_understands_them(tmp_path: Path) -> None:
    for path in [*SERVICES, *DEPLOY.glob("*.timer"), *DEPLOY.glob("*.target")]:
        text = path.read_text("utf-8").replace(PYTHON, sys.executable)
        (tmp_path / path.name.replace("@", "@8501")).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "cdrstats" in line] == []


@pytest.mark.skipif(nginx() is None, reason="there is no nginx")
def test_nginx_understands_the_site(tmp_path: Path) -> None:
    """Not a word of complaint; what it does is tried in tests/test_behind_nginx.py."""
    ports = Ports(*(free_port() for _ in range(4)))
    done = checked(configured(tmp_path, ports))
    told = [line for line in done.stderr.splitlines() if "test is successful" not in line]
    assert (done.returncode, [line for line in told if "syntax is ok" not in line]) == (0, [])


def test_the_command_is_shell() -> None:
    script = DEPLOY / "cdrstats"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["/bin/sh", "-n", script], check=False).returncode == 0
