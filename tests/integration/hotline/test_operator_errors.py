"""What an operator reads when something is not as it must be: one line with its fix, never a stack trace."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.cli.main import main
from hotline.runtime.cluster import DATABASE, Cluster
from telephony.pbx.checks.running import check_running
from telephony.pbx.errors import PbxStartFailed
from tests.support.exchange import ROOT, Exchange, free_port

CITY = ROOT / "deploy/city/qufu"
NOBODY = "postgresql://nobody:x@127.0.0.1:1/none"
SECONDS = 60


def told(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, words, env={"HOTLINE_CITY": str(CITY)} | environment)


def serve(var: Path, **environment: str) -> tuple[int, str]:
    """As its own process, in a bounded time, and with everything that it began ended."""
    known = {key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")}
    child = subprocess.Popen(
        [sys.executable, "-m", "hotline", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=known | {"HOTLINE_CITY": str(CITY), "HOTLINE_VAR": str(var), "PYTHONPATH": str(ROOT)} | environment,
    )
    try:
        said, _ = child.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        said, _ = child.communicate()
        pytest.fail(f"serve did not end by itself:\n{said[-2000:]}")
    return child.returncode, said


def is_one_line(said: str) -> bool:
    return "Traceback" not in said and said.count("✗ ") == 1 and "Fix: " in said


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    """A port that another program has."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        yield int(other.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "said"),
    [(NOBODY, "the database cannot be reached"), ("mysql://root:geheim@127.0.0.1/none", "not a PostgreSQL address")],
)
@pytest.mark.parametrize("words", [("db", "upgrade"), ("user", "list"), ("serve",)])
def test_a_database_that_is_not_there_is_one_line_without_its_password(
    tmp_path: Path, words: Sequence[str], url: str, said: str
) -> None:
    free = {"HOTLINE_WEB__PORT": str(free_port())}
    found = told(*words, DATABASE_URL=url, HOTLINE_VAR=str(tmp_path), **free)
    assert found.exit_code == 1
    assert f"✗ {said}" in found.output
    assert is_one_line(found.output), found.output
    assert "geheim" not in found.output


@pytest.mark.parametrize(
    "words", [("user", "list"), ("user", "close", "li.na"), ("evidence", "verify", __file__), ("transcribe",)]
)
def test_a_database_without_our_tables_is_one_line(cluster: Cluster, tmp_path: Path, words: Sequence[str]) -> None:
    bare = cluster.url.replace(f"/{DATABASE}?", "/postgres?")
    found = told(*words, DATABASE_URL=bare, HOTLINE_VAR=str(tmp_path))
    assert found.exit_code == 1
    assert "hotline db upgrade" in found.output
    assert is_one_line(found.output), found.output


@pytest.mark.parametrize("words", [("db", "upgrade"), ("pbx", "start"), ("serve",)])
def test_a_folder_in_which_nothing_may_be_written_is_one_line(
    tmp_path: Path, words: Sequence[str], database_url: str
) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    url = "" if words == ("db", "upgrade") else database_url
    for var in (tmp_path / "file/rig", Path("/proc/rig")):
        found = told(*words, HOTLINE_VAR=str(var), DATABASE_URL=url, HOTLINE_WEB__PORT=str(free_port()))
        assert found.exit_code == 1
        assert is_one_line(found.output), found.output
        assert "HOTLINE_VAR" in found.output


def test_serve_ends_and_says_why_where_another_program_has_the_port_of_the_screens(
    tmp_path: Path, database_url: str
) -> None:
    with taken(socket.SOCK_STREAM) as port:
        code, said = serve(tmp_path, DATABASE_URL=database_url, HOTLINE_WEB__PORT=str(port))
    assert code == 1
    assert is_one_line(said), said
    assert f"TCP port {port} of 127.0.0.1 is used by another program" in said
    assert "installation_open" not in said
    assert not (tmp_path / "pbx").exists(), "nothing is begun in a rig that cannot open"


@pytest.mark.parametrize(
    ("setting", "kind", "harm"),
    [
        ("sip_port", socket.SOCK_DGRAM, "no telephone and no citizen can come in"),
        ("ami_port", socket.SOCK_STREAM, "nobody learns of a call"),
        ("http_port", socket.SOCK_STREAM, "no browser can telephone"),
    ],
)
def test_an_exchange_that_did_not_get_a_port_does_not_count_as_started(
    tmp_path: Path, setting: str, kind: socket.SocketKind, harm: str
) -> None:
    with taken(kind) as port:
        exchange = Exchange(tmp_path, **{setting: port})
        with pytest.raises(PbxStartFailed, match=f"{harm}.*{port}.*Fix: "):
            exchange.start()
    assert exchange.process.pid() is None, "what takes no call does not stay"


def test_a_running_exchange_that_lacks_one_of_its_ports_is_found(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.start()
    try:
        assert exchange.process.closed_doors() == []
        moved = exchange.settings.model_copy(update={"ami_port": free_port()})
        assert [str(found) for found in check_running(moved) if "nobody learns of a call" in found.what]
    finally:
        exchange.stop()


@pytest.mark.parametrize("words", [(), ("roster",), ("recordings",), ("user",), ("models",), ("pbx",)])
def test_help_is_told_whole(words: tuple[str, ...]) -> None:
    assert "..." not in told(*words, "--help").output.split("Commands:")[1]


def test_the_version_is_told() -> None:
    said = told("--version")
    assert said.exit_code == 0
    assert "version 0." in said.output


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("HOTLINE_WEB__PROT", "HOTLINE_WEB__PORT"),
        ("HOTLINE_PBX__SIPPORT", "HOTLINE_PBX__SIP_PORT"),
        ("HOTLINE_WEBB__PORT", "HOTLINE_WEB"),
        ("HOTLINE_ENCRYPTION__KEY_FILE", "HOTLINE_ENCRYPTION__KEYS_FILE"),
        ("HOTLINE_DATABASE_URI", "HOTLINE_DATABASE_URL"),
    ],
)
def test_a_misspelt_setting_is_told_with_what_it_may_have_meant(key: str, meant: str) -> None:
    found = told("models", "list", **{key: "8123"})
    assert found.exit_code == 1
    assert f"did you mean {meant}?" in found.output
    assert "Extra inputs" not in found.output
