"""The whole installation backed up while it runs, destroyed, and restored: the same rows, the same sound."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from core import clock
from core.database import Sessions, transaction
from core.errors import ConfigurationError
from core.settings import Settings
from dispatch.attachments.models import AttachmentKind
from dispatch.attachments.store import attach, receive
from dispatch.notifications.web_push import load_vapid
from dispatch.policy import load_policy
from dispatch.steps.take import find_order
from hotline.cli.main import main
from hotline.operations.backups.backup import Made, backup, backups_in, chosen, load_manifest, verify
from hotline.operations.backups.files import copy_file
from hotline.operations.backups.restore import AHEAD, Restored, restore
from recordings.models import Recording
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import pbx_settings
from tests.support.file_samples import photo
from tests.support.sample import CREW, Sample, make_sample
from tests.support.web_rig import QUFU

AT_REST = (
    "calls",
    "legs",
    "orders",
    "order_steps",
    "recordings",
    "transcripts",
    "segments",
    "accounts",
    "assignments",
    "attachments",
)


@pytest.fixture(scope="module")
async def sample(sessions: Sessions, rig: Settings) -> Sample:
    made = await make_sample(sessions, load_policy(QUFU), rig.recordings, clock.now())
    pbx = pbx_settings(rig)
    pbx.cel_file.parent.mkdir(parents=True)
    pbx.cel_file.write_text("what Asterisk wrote\n")
    load_secrets(pbx)
    load_vapid(rig.vapid_key_file)
    received = await receive(rig, AttachmentKind.PHOTO, "现场.jpg", photo())
    async with transaction(sessions) as session:
        order = await find_order(session, made.lamp)
        assert order is not None
        await attach(session, received, order.id, actor=CREW, at=clock.now())
    return made


@pytest.fixture(scope="module")
def rig(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("rig"), city=QUFU, database_url=database_url)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups")


@pytest.fixture(scope="module")
def first(sample: Sample, rig: Settings, target: Path) -> Made:
    return backup(rig, target)


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Another machine: nothing but an empty database."""
    name = f"restored_{os.getpid()}_{tmp_path.name[-8:]}".lower().replace("-", "_")
    server = database_url.replace(database_url.split("/")[3].split("?")[0], "postgres", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield Settings(var=tmp_path / "var", city=QUFU, database_url=server.replace("/postgres?", f"/{name}?"))
    with psycopg.connect(server, autocommit=True) as connection:
        named = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}%",)).fetchall()
        for (database,) in named:
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


def rows(settings: Settings, *tables: str) -> dict[str, str | None]:
    """Table → a checksum over every row."""
    with psycopg.connect(settings.database_url) as connection:
        found = {}
        for table in tables:
            content = f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t"
            found[table] = (connection.execute(content).fetchone() or (None,))[0]
        return found


def scalar(settings: Settings, question: LiteralString) -> object:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def sound(settings: Settings) -> dict[str, bytes]:
    return files(settings.recordings)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_what_was_backed_up_comes_back_row_by_row_and_byte_by_byte(first: Made, rig: Settings, empty: Settings) -> None:
    done = restore(empty, first.folder)
    assert done.unmatched == []
    assert done.aside == []
    assert rows(empty, *AT_REST) == rows(rig, *AT_REST)
    assert sound(empty) == sound(rig)
    assert files(empty.attached) == files(rig.attached) != {}
    assert empty.vapid_key_file.read_bytes() == rig.vapid_key_file.read_bytes()
    assert done.rows["recordings"] == 2
    assert load_secrets(pbx_settings(empty)) == load_secrets(pbx_settings(rig))
    assert pbx_settings(empty).cel_file.read_text() == "what Asterisk wrote\n"
    with psycopg.connect(empty.database_url) as connection:
        # Numbers that citizens may have got after the backup are not given again.
        today = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
        counters = connection.execute(f"SELECT min(last) FROM order_counters WHERE day >= {today}").fetchone()
        assert counters is not None
        assert counters[0] >= AHEAD
        pushed = connection.execute(
            "SELECT nextval(pg_get_serial_sequence('assignments','id')) - max(id) FROM assignments"
        )
        assert (pushed.fetchone() or (0,))[0] > AHEAD


def test_the_next_backup_copies_only_what_is_new_and_is_whole_by_itself(
    first: Made, rig: Settings, target: Path, empty: Settings
) -> None:
    new = rig.recordings / "archive/2026/11/22/qufu-9.1.flac"
    new.parent.mkdir(parents=True)
    new.write_bytes(b"fLaC new")
    second = backup(rig, target)
    old = "recordings/archive/2026/11/21/qufu-100.1.flac"
    assert (second.folder / old).stat().st_ino == (first.folder / old).stat().st_ino, "linked, not copied"
    assert second.linked == first.files - 1, "all but the database"
    assert second.copied_bytes == len(b"fLaC new")
    assert chosen(target) == second.folder
    for file in first.folder.rglob("*"):
        if file.is_file():
            file.unlink()  # the older one is thrown away
    assert len(verify(second.folder)) == second.files
    restore(empty, second.folder)
    assert sound(empty) == sound(rig)
    new.unlink()
    backup(rig, target)


def test_one_that_was_killed_is_no_backup_and_the_next_one_clears_it_away(
    first: Made, rig: Settings, target: Path
) -> None:
    (target / ".unfinished" / "recordings").mkdir(parents=True)
    (target / ".unfinished" / "recordings" / "half").write_bytes(b"half")
    before = backups_in(target)
    assert ".unfinished" not in {path.name for path in before}
    made = backup(rig, target)
    assert not (made.folder / "recordings" / "half").exists()
    assert not (target / ".unfinished").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("recordings/archive/2026/11/21/qufu-100.1.flac", b"other", "is not what was backed up"),
        ("recordings/archive/2026/11/21/qufu-100.1.flac", None, "missing"),
        ("hotline.dump", b"cut", "is not what was backed up"),
        ("SHA256SUMS", b"", "is not the list"),
        ("manifest.json", b"{", "no complete backup"),
    ],
)
def test_a_backup_that_is_not_whole_is_named_and_changes_nothing(
    first: Made, rig: Settings, target: Path, empty: Settings, name: str, content: bytes | None, said: str
) -> None:
    made = backup(rig, target / "faulty").folder
    (made / name).unlink()
    if content is not None:
        (made / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        restore(empty, made)
    assert not empty.recordings.exists()


def test_a_house_with_data_is_not_written_over_unless_told_and_then_moved_aside(
    first: Made, rig: Settings, target: Path, empty: Settings
) -> None:
    made = backup(rig, target).folder
    restore(empty, made)
    (empty.recordings / "archive" / "later.flac").write_bytes(b"later")
    events = pbx_settings(empty).cel_file
    events.write_text("what Asterisk wrote\nand later\n")
    with pytest.raises(ConfigurationError, match="tables and recordings already"):
        restore(empty, made)
    with psycopg.connect(empty.database_url), pytest.raises(ConfigurationError, match="the system is running"):
        restore(empty, made, over=True)
    done: Restored = restore(empty, made, over=True)
    database, folder = done.aside
    assert (Path(folder) / "archive" / "later.flac").read_bytes() == b"later"
    assert "_before_" in database
    assert events.read_text().endswith("and later\n"), "what happened since is still to be read"
    assert rows(empty, *AT_REST) == rows(rig, *AT_REST)
    assert sound(empty) == sound(rig)


def test_another_exchange_is_refused(first: Made, rig: Settings, target: Path, empty: Settings) -> None:
    other = empty.model_copy(update={"pbx": empty.pbx.model_copy(update={"name": "zoucheng"})})
    with pytest.raises(ConfigurationError, match="HOTLINE_PBX__NAME=qufu"):
        restore(other, chosen(target))


async def test_a_saved_recording_whose_file_was_gone_is_told(
    first: Made, rig: Settings, target: Path, empty: Settings, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(Recording).where(Recording.path.is_not(None)).values(key_id="2026-11"))
    made = backup(rig, target).folder
    assert load_manifest(made)["keys_needed"] == ["2026-11"]
    file = rig.recordings / "archive/2026/11/21/qufu-100.1.flac"
    kept = file.rename(file.with_suffix(".away"))
    without = backup(rig, target).folder
    kept.rename(file)
    assert restore(empty, without).unmatched == ["archive/2026/11/21/qufu-100.1.flac"]


def test_the_commands_say_what_they_did(
    first: Made, rig: Settings, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_VAR", str(rig.var))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", rig.database_url)
    # It would be this process's for all tests that come after.
    monkeypatch.setattr("hotline.cli.main.set_up_logs", lambda **_: None)
    made = CliRunner().invoke(main, ["backup", str(target)], catch_exceptions=False)
    assert made.exit_code == 0, made.output
    assert "linked" in made.output
    checked = CliRunner().invoke(main, ["backup", "--verify", str(target)], catch_exceptions=False)
    assert "is whole" in checked.output
    proved = CliRunner().invoke(main, ["backup", "--prove", str(target)], catch_exceptions=False)
    assert "was restored for a proof and removed" in proved.output
    assert f"{scalar(rig, 'SELECT count(*) FROM orders')} orders" in proved.output
    assert scalar(rig, "SELECT count(*) FROM pg_database WHERE datname LIKE 'hotline_proof_%'") == 0
    (chosen(target) / "SHA256SUMS").write_text("")
    spoilt = CliRunner().invoke(main, ["backup", "--prove", str(target)])
    assert spoilt.exit_code == 1
    told = scalar(rig, "SELECT string_agg(kind || ' ' || (failure = ''), ', ' ORDER BY id) FROM backup_runs")
    assert told == "made true, read true, restored true, restored false"
    refused = CliRunner().invoke(main, ["restore", str(target)])
    assert refused.exit_code == 1


def test_a_full_disk_names_the_file_that_found_no_room(tmp_path: Path) -> None:
    source = tmp_path / "x.flac"
    source.write_bytes(b"x")
    with pytest.raises(OSError, match="/dev/full") as full:
        copy_file(source, Path("/dev/full"))
    assert full.value.errno == errno.ENOSPC
