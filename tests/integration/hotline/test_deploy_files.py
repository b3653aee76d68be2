"""The files that a deployment copies: systemd takes the units, and what they run exists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from core.errors import ConfigurationError
from hotline.cli.main import main

ROOT = Path(__file__).parents[3]
UNITS = sorted((ROOT / "deploy/systemd").glob("hotline*"))
COMPOSE = (ROOT / "deploy/container/compose.yaml").read_text()


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """With our interpreter in the place of the installed program, which is not there."""
    verify = shutil.which("systemd-analyze")
    if verify is None:
        raise ConfigurationError("systemd-analyze is needed to check the units: apt-get install systemd")
    for unit in UNITS:
        text = unit.read_text().replace("/srv/hotline/.venv/bin/hotline", sys.executable)
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text.replace("EnvironmentFile=", "EnvironmentFile=-"))
    done = subprocess.run(
        [verify, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_COLOR": "0"},
    )  # fmt: skip
    about_ours = [line for line in done.stderr.splitlines() if "hotline" in line]
    assert about_ours == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_runs_is_a_command_of_ours(unit: Path) -> None:
    for line in re.findall(r"^Exec\w+=(.*)$", unit.read_text(), re.MULTILINE):
        program, *words = line.split()
        assert program == "/srv/hotline/.venv/bin/hotline"
        assert_is_command(words)


def test_what_the_containers_run_is_a_command_of_ours() -> None:
    for words in re.findall(r'^    command: \["(\w+)"\]$', COMPOSE, re.MULTILINE):
        assert_is_command([words])
    for line in re.findall(r"\.venv/bin/hotline ([a-z ]+)", COMPOSE):
        assert_is_command(line.split())
    done = subprocess.run(["/bin/sh", "-n", ROOT / "deploy/container/pbx-entry"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def assert_is_command(words: list[str]) -> None:
    command: click.Command = main
    for word in words:
        if word.startswith("--"):
            assert word in [option for parameter in command.params for option in parameter.opts]
            continue
        assert isinstance(command, click.Group)
        command = command.commands[word]


def test_the_event_file_is_rotated_by_renaming_and_never_compressed() -> None:
    """The follower reads a renamed file to its end; a copied and cut one, or a packed one, it could not."""
    block = (ROOT / "deploy/logrotate/hotline").read_text().split("}")[0]
    assert "cel.csv" in block
    directives = {line.strip() for line in block.splitlines()}
    assert {"nocompress", "nocopytruncate", "nocreate"} <= directives
