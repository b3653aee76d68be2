"""`hotline learn`: what people confirmed becomes a model, if that answers better than the rules."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import transaction
from core.settings import Settings
from dispatch.city.records import City
from dispatch.intake.hearing import CITIZEN, spoken_by
from dispatch.intake.matter_model import dump_model
from dispatch.intake.models import MatterModelRow
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.workflow import State
from hotline.bridges.learning import Compared, DecidedMatter, compare, train
from hotline.bridges.recordings.proposals import heard_of
from hotline.runtime.runtime import open_runtime

NOT_CONFIRMED = frozenset({State.DRAFT, State.INVALID, State.MERGED})
MOST_ORDERS = 20_000
"""The newest; more would make it slower and hardly better."""


@dataclass(frozen=True)
class Learned:
    version: str
    matters: int
    compared: Compared
    used: bool


async def learn(settings: Settings) -> Learned:
    """Raises BadInput when there are too few confirmed orders."""
    async with open_runtime(settings) as runtime:
        async with runtime.sessions() as session:
            matters = await confirmed_matters(session, runtime.city)
        at = clock.now()
        async with transaction(runtime.sessions) as session:
            return await learn_from(session, runtime.city, matters, at=at)


async def learn_from(session: AsyncSession, city: City, matters: list[DecidedMatter], *, at: dt.datetime) -> Learned:
    """Compare, train on all, and store; used from the next proposal on, if it is not worse than the rules."""
    compared = compare(city, matters)
    version = f"{at:%Y%m%d-%H%M%S}"
    model = train(city, matters, version)
    row = MatterModelRow(
        version=version,
        made_at=at,
        matters=len(matters),
        compared=compared.as_json(),
        used=compared.helps,
        weights=dump_model(model),
    )
    session.add(row)
    await session.flush()
    return Learned(version, len(matters), compared, compared.helps)


async def confirmed_matters(session: AsyncSession, city: City) -> list[DecidedMatter]:
    """Orders that a person registered, with the subject and kind that they bear now: what was corrected later counts
    as corrected. Learned from are the citizen's words in the call, else what was written."""
    found = (
        select(Order, OrderCall.linkedid)
        .outerjoin(OrderCall, (OrderCall.order_id == Order.id) & (OrderCall.purpose == CallPurpose.INCOMING))
        .where(Order.state.not_in(NOT_CONFIRMED), Order.subject.in_(city.subjects), Order.kind.is_not(None))
        .order_by(Order.id.desc())
        .limit(MOST_ORDERS)
    )
    # Which of its words are about which matter is not known for sure.
    of_several = select(OrderCall.linkedid).where(OrderCall.purpose == CallPurpose.FURTHER)
    several = set(await session.scalars(of_several))
    matters = []
    for order, linkedid in await session.execute(found):
        heard = await heard_of(session, linkedid) if linkedid and linkedid not in several else []
        text = spoken_by(CITIZEN, heard).text or order.matter
        if text.strip() and order.subject and order.kind:
            matters.append(DecidedMatter(text, order.subject, order.kind, order.place_town))
    return matters


async def models_made(settings: Settings) -> list[MatterModelRow]:
    """Newest first."""
    async with open_runtime(settings) as runtime, runtime.sessions() as session:
        return list(await session.scalars(select(MatterModelRow).order_by(MatterModelRow.id.desc())))


def explain(learned: Learned) -> str:
    rules, model = learned.compared.rules, learned.compared.learned
    lines = [
        f"从{learned.matters}张已确认的工单学习（交叉验证，主办单位判断正确的比例）：",
        f"  只用职责清单    首选 {rules.office:.1%}，前三 {rules.office_of_three:.1%}，事项类别 {rules.subject:.1%}",
        f"  清单加学习模型  首选 {model.office:.1%}，前三 {model.office_of_three:.1%}，事项类别 {model.subject:.1%}",
        f"✓ 已启用，版本 {learned.version}" if learned.used else "✗ 不如职责清单，没有启用；继续只用职责清单。",
    ]
    return "\n".join(lines)
