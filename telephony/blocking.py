"""The block list: proposed by an agent, approved by a supervisor, kept by the exchange itself.

The rows are the truth; the exchange's own database (family `blocked`, number's key → the second at which it ends)
follows, so that the dialplan obeys it even when our program is down and lets everybody in again by itself.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog
from asterisk.ami.action import Action
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus, clock
from core.bus import Bus
from core.database import Sessions
from core.errors import BadInput, Conflict, NotFound, Unavailable
from core.phone import number_key
from telephony.block_models import Block
from telephony.control import Manager
from telephony.manager_status import ManagerActionFailed

log = structlog.get_logger()

TOPIC = "block"
FAMILY = "blocked"
AGAIN_SECONDS = 60.0


class BlockState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    LIFTED = "lifted"
    EXPIRED = "expired"


@dataclass(frozen=True)
class BlockRules:
    """The city's own (desk.toml)."""

    default_days: int = 7
    longest_days: int = 30


def state_of(block: Block, at: dt.datetime) -> BlockState:
    if block.refused_at is not None:
        return BlockState.REFUSED
    if block.lifted_at is not None:
        return BlockState.LIFTED
    if block.expires_at is None:
        return BlockState.PROPOSED
    return BlockState.IN_FORCE if at < block.expires_at else BlockState.EXPIRED


async def propose(
    session: AsyncSession,
    *,
    number: str,
    reason: str,
    days: int,
    rules: BlockRules,
    account_id: int | None,
    by: str,
    at: dt.datetime,
    linkedid: str | None = None,
) -> Block:
    """Raises BadInput in Chinese; Conflict where the number is blocked or proposed already."""
    key = number_key(number)
    wrong = {}
    if not key:
        wrong["number"] = "来电没有显示号码，不能屏蔽：隐藏号码的群众不能整体拒接。" if not number else "这不是电话号码。"
    if not reason.strip():
        wrong["reason"] = "请写明屏蔽的理由。"
    if not 1 <= days <= rules.longest_days:
        wrong["days"] = f"屏蔽期限应为1至{rules.longest_days}天，不能长期屏蔽。"
    if wrong:
        raise BadInput("".join(wrong.values()), fields=wrong)
    if (known := await find_open(session, number, at)) is not None:
        told = "已在屏蔽名单中" if state_of(known, at) is BlockState.IN_FORCE else "已有人建议屏蔽，等待督查员审批"
        raise Conflict(f"这个号码{told}。")
    block = Block(
        number=number, number_key=key, reason=reason.strip(), linkedid=linkedid, days=days, proposed_at=at,
        proposed_by_id=account_id, proposed_by=by,
    )  # fmt: skip
    session.add(block)
    await session.flush()
    await bus.publish(session, TOPIC, block.id)
    return block


async def approve(session: AsyncSession, block_id: int, *, by: str, at: dt.datetime) -> Block:
    """It lasts its days from now on."""
    block = await _get(session, block_id, {BlockState.PROPOSED}, at)
    block.approved_at, block.approved_by = at, by
    block.expires_at = at + dt.timedelta(days=block.days)
    return await _told(session, block)


async def refuse(session: AsyncSession, block_id: int, *, by: str, why: str, at: dt.datetime) -> Block:
    block = await _get(session, block_id, {BlockState.PROPOSED}, at)
    block.refused_at, block.refused_by, block.decision = at, by, _reason(why)
    return await _told(session, block)


async def lift(session: AsyncSession, block_id: int, *, by: str, why: str, at: dt.datetime) -> Block:
    """End it before its time."""
    block = await _get(session, block_id, {BlockState.IN_FORCE}, at)
    block.lifted_at, block.lifted_by, block.decision = at, by, _reason(why)
    return await _told(session, block)


async def find_open(session: AsyncSession, number: str, at: dt.datetime) -> Block | None:
    """The block that is in force against this number, or waits for its approval."""
    key = number_key(number)
    if not key:
        return None
    return await session.scalar(
        select(Block)
        .where(
            Block.number_key == key,
            Block.refused_at.is_(None),
            Block.lifted_at.is_(None),
            or_(Block.expires_at.is_(None), Block.expires_at > at),
        )
        .order_by(Block.expires_at.desc().nulls_last(), Block.id)
        .limit(1)
    )


async def list_blocks(session: AsyncSession, *, limit: int = 200) -> Sequence[Block]:
    """Newest first."""
    return (await session.scalars(select(Block).order_by(Block.id.desc()).limit(limit))).all()


def ends_by_key(blocks: Iterable[Block], at: dt.datetime) -> dict[str, int]:
    """What the exchange has to know: key → the second at which the block ends, 0: none is in force. Pure.

    Only of blocks that the exchange may still hold: what has expired ends there by itself.
    """
    ends: dict[str, int] = {}
    for block in blocks:
        if block.expires_at is None or block.expires_at <= at:
            continue
        end = int(block.expires_at.timestamp()) if state_of(block, at) is BlockState.IN_FORCE else 0
        ends[block.number_key] = max(end, ends.get(block.number_key, 0))
    return ends


async def tell_exchange(sessions: Sessions, manager: Manager, known: dict[str, int]) -> None:
    """Make the exchange's list agree with the rows; `known` is what it was told since the login, and is kept."""
    at = clock.now()
    async with sessions() as session:
        rows = await session.scalars(select(Block).where(Block.expires_at > at))
        wanted = ends_by_key(rows, at)
    for key, end in wanted.items():
        if known.get(key) != end:
            await manager.send(_put(key, end))
            known[key] = end


def _put(key: str, end: int) -> Action:
    # DBPut wants the right to do anything to the system; a dialplan function may be set by whoever may place calls.
    return Action("Setvar", {"Variable": f"DB({FAMILY}/{key})", "Value": str(end)})


class BlockKeeper:
    """In the line's process: tells its exchange after each login, each change, and every minute."""

    def __init__(self, sessions: Sessions, manager: Manager) -> None:
        self._sessions = sessions
        self._manager = manager
        self._known: dict[str, int] = {}

    async def restore(self) -> None:
        """After a login: the exchange may have been made anew."""
        self._known.clear()
        await tell_exchange(self._sessions, self._manager, self._known)

    async def run(self, live: Bus) -> None:
        async with live.subscribe() as notices:
            while True:
                try:
                    async with asyncio.timeout(AGAIN_SECONDS):
                        while (await notices.get()).topic not in (TOPIC, bus.RECONNECTED.topic):
                            pass
                except TimeoutError:
                    pass
                try:
                    await tell_exchange(self._sessions, self._manager, self._known)
                except (Unavailable, ManagerActionFailed) as error:
                    # It is told everything with the next login.
                    log.warning("blocks_not_told", reason=error.message)


async def _get(session: AsyncSession, block_id: int, states: set[BlockState], at: dt.datetime) -> Block:
    block = await session.get(Block, block_id, with_for_update=True)
    if block is None:
        raise NotFound("没有这条屏蔽记录。")
    if state_of(block, at) not in states:
        raise Conflict("这条屏蔽记录刚刚有人处理过，请刷新后再看。")
    return block


def _reason(why: str) -> str:
    if not why.strip():
        raise BadInput("请写明理由。", fields={"why": "请写明理由。"})
    return why.strip()


async def _told(session: AsyncSession, block: Block) -> Block:
    await session.flush()
    await bus.publish(session, TOPIC, block.id)
    return block
