"""The block list: proposed by an agent, approved by a supervisor, kept by the exchange itself.

The rows are the truth; what the exchange obeys is telephony.blocking.files.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.errors import BadInput, Conflict, NotFound
from core.numbers.phone import number_key
from telephony.blocking.models import Block

TOPIC = "block"


class BlockState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    LIFTED = "lifted"
    EXPIRED = "expired"


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
    longest_days: int,
    account_id: int | None,
    by: str,
    at: dt.datetime,
    linkedid: str | None = None,
) -> Block:
    """Raises BadInput in Chinese; Conflict where the number is blocked or proposed already."""
    key = number_key(number)
    wrong = {}
    if not key:
        wrong["number"] = (
            "来电没有显示号码，不能屏蔽：隐藏号码的来电人不能整体拒接。" if not number else "这不是电话号码。"
        )
    if not reason.strip():
        wrong["reason"] = "请写明屏蔽的理由。"
    if not 1 <= days <= longest_days:
        wrong["days"] = f"屏蔽期限应为1至{longest_days}天，不能长期屏蔽。"
    if wrong:
        raise BadInput("".join(wrong.values()), fields=wrong)
    if (known := await find_open(session, number, at)) is not None:
        already = "已在屏蔽名单中" if state_of(known, at) is BlockState.IN_FORCE else "已有人建议屏蔽，等待督查员审批"
        raise Conflict(f"这个号码{already}。")
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


async def refuse(
    session: AsyncSession, block_id: int, *, account_id: int | None, by: str, why: str, at: dt.datetime
) -> Block:
    block = await _get(session, block_id, {BlockState.PROPOSED}, at)
    block.refused_at, block.refused_by, block.decided_by_id, block.decision = at, by, account_id, _reason(why)
    return await _told(session, block)


async def lift(
    session: AsyncSession, block_id: int, *, account_id: int | None, by: str, why: str, at: dt.datetime
) -> Block:
    """End it before its time."""
    block = await _get(session, block_id, {BlockState.IN_FORCE}, at)
    block.lifted_at, block.lifted_by, block.decided_by_id, block.decision = at, by, account_id, _reason(why)
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


async def ends_in_force(session: AsyncSession, at: dt.datetime) -> dict[str, int]:
    """What the exchange has to know: number's key → the second (since 1970) at which its block ends."""
    rows = await session.scalars(select(Block).where(Block.expires_at > at, Block.lifted_at.is_(None)))
    ends: dict[str, int] = {}
    for block in rows:
        assert block.expires_at is not None
        ends[block.number_key] = max(int(block.expires_at.timestamp()), ends.get(block.number_key, 0))
    return ends


async def remake_number_keys(session: AsyncSession) -> None:
    """Where the city has another area code now: a block is of a number as it came, its key follows."""
    for block in await session.scalars(select(Block)):
        if (key := number_key(block.number)) and key != block.number_key:
            block.number_key = key


async def _get(session: AsyncSession, block_id: int, states: set[BlockState], at: dt.datetime) -> Block:
    block = await session.get(Block, block_id, with_for_update=True)
    if block is None:
        raise NotFound("没有这条屏蔽记录。")
    if state_of(block, at) not in states:
        raise Conflict("这条屏蔽记录刚刚有人处理过，请回到屏蔽名单看现在的状态。")
    return block


def _reason(why: str) -> str:
    if not why.strip():
        raise BadInput("请写明理由。", fields={"why": "请写明理由。"})
    return why.strip()


async def _told(session: AsyncSession, block: Block) -> Block:
    await session.flush()
    await bus.publish(session, TOPIC, block.id)
    return block
