"""Keys that are pressed one upon the other on a call are done in that order, whatever the database takes for each."""

import asyncio
from types import SimpleNamespace
from typing import cast

from sqlalchemy import select

from access.calls.command_requests import command_job
from core import clock
from core.database import Sessions, transaction
from core.tasks import spawn
from hotline.bridges.line.call_control import do_command
from hotline.runtime.job_tools import LineTools
from telephony.control.commands import CommandKind, CommandState
from telephony.control.models import CallCommand
from telephony.control.moves import Turns


class Desk:
    """The exchange writes down what it is asked for; the commands are real rows."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.told: list[tuple[str, str]] = []
        self.line = cast(
            LineTools,
            SimpleNamespace(
                runtime=SimpleNamespace(sessions=sessions),
                pbx=SimpleNamespace(systemname="qufu"),
                rooms=SimpleNamespace(
                    hold=self._tell("hold"),
                    bring_in=self._tell("join"),
                    send_back=self._tell("send back"),
                    hand_over=self._tell("hand over"),
                    hang_up=self._tell("end"),
                ),
                command_turns=Turns(),
            ),
        )

    def _tell(self, what: str) -> object:
        async def do(linkedid: str, *_: str) -> None:
            self.told.append((what, linkedid))

        return do

    async def ask(self, linkedid: str, kind: CommandKind) -> CallCommand:
        async with transaction(self.sessions) as session:
            row = CallCommand(
                linkedid=linkedid, command=kind, target="", extension="1001", account_id=1, account_name="agent",
                display_name="示例", role="agent", asked_at=clock.now(), state=CommandState.ASKED,
            )  # fmt: skip
            session.add(row)
        return row

    async def do(self, row: CallCommand) -> None:
        """As the job is done."""
        await do_command(self.line, **command_job(row).arguments)


async def test_a_key_overtakes_none_on_its_call_and_neither_another_call_nor_the_end_waits(
    sessions: Sessions,
) -> None:
    desk = Desk(sessions)
    hold, join = [await desk.ask("keys-1.1", kind) for kind in (CommandKind.HOLD, CommandKind.JOIN)]
    elsewhere, end = await desk.ask("keys-2.1", CommandKind.HOLD), await desk.ask("keys-1.1", CommandKind.HANG_UP)
    async with transaction(sessions) as session:
        # The first key's row is slow to be read.
        await session.execute(select(CallCommand).where(CallCommand.id == hold.id).with_for_update())
        pressed = [spawn(desk.do(row), name=f"command {row.id}") for row in (hold, join)]
        await desk.do(elsewhere)
        await desk.do(end)
        assert desk.told == [("hold", "keys-2.1"), ("end", "keys-1.1")]
    await asyncio.gather(*pressed)
    assert desk.told[2:] == [("hold", "keys-1.1"), ("join", "keys-1.1")]
