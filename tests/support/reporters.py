"""Confidential reporters, their names and numbers in generated spellings, and calls and orders of theirs."""

import datetime as dt
import random
from typing import Any

from core import clock
from core.database import transaction
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.workflow import Step
from telephony.calls.call_state import CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from tests.support.orders import take
from tests.support.sample import AGENT, LAMP
from tests.support.web_rig import WebRig

DICE = random.Random(20261121)
SIGNS = [
    "0０零〇⓪洞",
    "1１一幺壹①",
    "2２二两贰②",
    "3３三叁③",
    "4４四肆④",
    "5５五伍⑤",
    "6６六陆⑥",
    "7７七柒拐⑦",
    "8８八捌⑧",
    "9９九玖勾⑨",
]
_BETWEEN = ["", "", "", " ", "-", "/", " . ", "，", "\u200b", "·", "*", "转"]
_AROUND = [
    ("我的电话", "一直打不通"),
    ("打", "两次都行"),
    ("+86 ", "四号楼"),
    ("", "。"),
    ("第一", "一般在家"),
    ("电话：0", "，"),
]


def spelled_number(number: str) -> str:
    before, after = DICE.choice(_AROUND)
    if DICE.random() < 0.3:
        return before + number + after
    return before + "".join(DICE.choice(SIGNS[int(digit)]) + DICE.choice(_BETWEEN) for digit in number) + after


def spelled_name(name: str) -> str:
    between = DICE.choice(["", "", " ", "-", "·", "\u200b", "*", "　"])
    return DICE.choice(["我叫", "", "请找", "我是村里的"]) + between.join(name) + DICE.choice(["，", "家门口", "反映"])


async def called(web_rig: WebRig, linkedid: str, number: str, *, name: str = "", live: bool = False) -> None:
    at = clock.now() - dt.timedelta(hours=3)
    async with transaction(web_rig.context.sessions) as session:
        session.add(
            Call(
                linkedid=linkedid, pbx="qufu", direction=Direction.INBOUND, caller_number=number, caller_name=name,
                state=CallState.TALKING if live else CallState.ENDED, called_number="12345", started_at=at,
                answered_at=at, ended_at=None if live else at + dt.timedelta(minutes=2), answered_by="1003",
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Leg(
                uniqueid=linkedid, linkedid=linkedid, channel="PJSIP/trunk-1", endpoint="trunk", role=LegRole.CALLER,
                started_at=at, connected_at=at, ended_at=None if live else at + dt.timedelta(minutes=2),
            )
        )  # fmt: skip


async def registered(web_rig: WebRig, linkedid: str, number: str, **fields: Any) -> Order:
    await called(web_rig, linkedid, number, name=fields.get("citizen_name", ""))
    async with transaction(web_rig.context.sessions) as session:
        order = await draft_for_call(
            session, web_rig.context.city, linkedid=linkedid, citizen_phone=number, at=clock.now()
        )
    return await take(web_rig, order, Step.REGISTER, AGENT, **LAMP | fields)
