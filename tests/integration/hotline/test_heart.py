"""The line's sign of life: at once when something changes, then every few seconds, whatever the database does."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core import clock
from core.database import Sessions, make_engine, make_sessions, transaction
from core.tasks import cancel, spawn
from hotline.monitoring.heartbeat import BEAT_SECONDS, backlog_bytes, beat
from telephony.ami.status import ManagerState, ManagerStatus
from telephony.calls.models import CelPosition
from telephony.monitoring.models import LineHeart


async def test_a_lost_connection_is_in_the_row_long_before_the_next_beat(
    sessions: Sessions, tmp_path: Path, until: Any
) -> None:
    file = tmp_path / "cel.csv"
    file.write_bytes(b"x" * 1000)
    async with transaction(sessions) as session:
        session.add(CelPosition(pbx="qufu", inode=file.stat().st_ino, offset_bytes=400))
    follower: Any = SimpleNamespace(read_at=clock.now())
    connection: Any = SimpleNamespace(status=ManagerStatus(ManagerState.CONNECTED, clock.now(), "Asterisk"))
    task = spawn(beat(sessions, connection, follower, pbx="qufu", file=file), name="heart")

    async def heart() -> LineHeart | None:
        async with sessions() as session:
            return await session.get(LineHeart, "qufu")

    first = await until(heart)
    assert (first.manager_state, first.cel_backlog_bytes) == (ManagerState.CONNECTED, 600)
    lost_at = clock.now()
    connection.status = ManagerStatus(ManagerState.DROPPED, lost_at, "gone")

    async def told() -> LineHeart | None:
        found = await heart()
        return found if found and found.manager_state is ManagerState.DROPPED else None

    lost = await until(told, BEAT_SECONDS)
    assert (lost.since, lost.detail) == (lost_at, "gone")
    await cancel(task)


async def test_a_database_that_is_away_does_not_end_the_heart(tmp_path: Path, until: Any) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    follower: Any = SimpleNamespace(read_at=None)
    asked: list[int] = []

    class Status:
        @property
        def status(self) -> ManagerStatus:
            asked.append(1)
            return ManagerStatus(ManagerState.CONNECTED, clock.now(), "Asterisk")

    connection: Any = Status()
    task = spawn(beat(make_sessions(engine), connection, follower, pbx="qufu", file=tmp_path / "cel.csv"), name="heart")
    await until(lambda: len(asked) > 2)
    assert not task.done()
    await cancel(task)
    await engine.dispose()


def test_what_was_not_read_is_counted_in_bytes(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    assert backlog_bytes(file, None) == 0
    file.write_bytes(b"x" * 10)
    assert backlog_bytes(file, None) == 10
    assert backlog_bytes(file, CelPosition(pbx="q", inode=1, offset_bytes=4)) == 10
    assert backlog_bytes(file, CelPosition(pbx="q", inode=file.stat().st_ino, offset_bytes=4)) == 6
