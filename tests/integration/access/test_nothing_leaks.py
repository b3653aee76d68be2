"""举报人保密: nothing that the system sends, to anybody, by any way, names a confidential reporter.

The order, its neighbours and all that hangs on it are filled with the reporter's name and number in generated
spellings; then every GET route is read by every role, every notification as it was sent, what the crew hears, and what
was logged.
"""

import dataclasses
import re
import unicodedata

import pytest
import structlog
from sqlalchemy import select, update

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from core.sections.notifications import NotificationsSettings
from core.texts.lines import many_lines
from dispatch.assignments.crew_search import crew_searches_of, note
from dispatch.assignments.crew_search_rules import SearchAction
from dispatch.callbacks.queue import note_request
from dispatch.channels.senders import make_senders
from dispatch.crews.calls import announcement
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Notification
from dispatch.notifications.office_links import LINK_PATH, make_link
from dispatch.notifications.rules import Audience, NotificationChannel
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import Assignment
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from hotline.bridges.crew_push import message_of
from telephony.blocking.block_list import propose
from tests.support.file_samples import photo
from tests.support.gateways import http_gateway
from tests.support.orders import take
from tests.support.reporters import DICE, SIGNS, called, registered, spelled_name, spelled_number
from tests.support.sample import AGENT, COORDINATOR
from tests.support.walking import Walk, readable
from tests.support.web_rig import WebRig
from web.evidence.presenter import gather

SUPERVISOR = Actor(5, Role.SUPERVISOR, "许示例")
NAME, NUMBER = "钱朵玉", "13900009173"
FORMER_NAME, FORMER_NUMBER = "钱朵钰", "13900008264"
LINKEDID, NEIGHBOUR = "walk-1.1", "walk-2.1"
CONTACTS = [
    (Audience.OFFICE, "street-lighting"), (Audience.UNIT, "unit-01"), (Audience.COORDINATOR, ""),
    (Audience.SUPERVISOR, ""), (Audience.LEADER, ""),
]  # fmt: skip


def text(much: int = 6) -> str:
    """Some of each, and something that may be read."""
    named = [spelled_name(DICE.choice([NAME, FORMER_NAME])) for _ in range(much)]
    listed = [spelled_number(DICE.choice([NUMBER, FORMER_NUMBER])) for _ in range(much)]
    return "；".join([*named, *listed, "以次充好"])


def plain(text: str) -> str:
    """As the test reads it: by a table of its own, not by the product's."""
    digits = {sign: str(digit) for digit, signs in enumerate(SIGNS) for sign in signs}
    folded = "".join(digits.get(sign, sign) for sign in unicodedata.normalize("NFKC", text))
    return "".join(sign for sign in folded if sign.isalnum())


def leak_in(text: str) -> str:
    """What of the reporter stands in it; empty: nothing."""
    said = plain(text)
    for secret in (
        NAME,
        FORMER_NAME,
        NAME[1:],
        FORMER_NAME[1:],
        NUMBER,
        FORMER_NUMBER,
        NUMBER[-8:],
        FORMER_NUMBER[-8:],
    ):
        if (at := said.find(secret)) >= 0:
            return said[max(at - 60, 0) : at + 60]
    return ""


@dataclasses.dataclass(frozen=True)
class Filled:
    order: Order
    walk: Walk
    sent: list[str]
    own: dict[Role, str]
    """What was written by the reader: shown as it was typed (test_own_words)."""


@pytest.fixture(scope="module")
async def filled(web_rig: WebRig) -> Filled:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        for audience, code in CONTACTS:
            for channel, address in (
                (NotificationChannel.SMS, "13800000001"),
                (NotificationChannel.WEBHOOK, "https://oa.example.cn"),
            ):
                await add_contact(
                    session, rig.city, audience, code, channel, address, secret="", by="周示例", at=clock.now(),
                    with_link=audience is Audience.OFFICE,
                )  # fmt: skip
    secret = {
        "confidential": True,
        "place": f"神道路{NAME}家门口",
        "title": f"{NAME}反映路灯{spelled_number(FORMER_NUMBER)}",
    }
    order = await registered(
        web_rig, LINKEDID, FORMER_NUMBER, citizen_name=FORMER_NAME, matter=text(12), cause=text(1)[:190], **secret
    )
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, citizen_name=NAME, citizen_phone=NUMBER)
    part_of = await registered(web_rig, "walk-3.1", "13800000099", citizen_name="关注示例", matter=text(2))
    await take(web_rig, part_of, Step.MERGE, COORDINATOR, merged_into=order.number, reason=text(1))
    again = await registered(
        web_rig,
        "walk-4.1",
        NUMBER,
        citizen_name=NAME,
        confidential=True,
        title=f"{spelled_name(NAME)}再次反映",
        matter=f"{spelled_name(NAME)}{spelled_number(NUMBER)}以次充好",
    )
    async with transaction(rig.sessions) as session:
        (search,) = await crew_searches_of(session, again.id)
        await note(session, search, SearchAction.ALARM, at=clock.now())
        search.alarmed_at = clock.now()
    own = {Role.SUPERVISOR: many_lines(text(1)), Role.UNIT: many_lines(text(2))}
    order = await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason=own[Role.SUPERVISOR])
    crew = Actor(4, Role.UNIT, "郑示例", unit_code="unit-01")
    order = await take(web_rig, order, Step.ACCEPT, crew)
    order = await take(web_rig, order, Step.START, crew)
    order = await take(web_rig, order, Step.REPORT, crew, note=own[Role.UNIT])
    await called(web_rig, NEIGHBOUR, "13800000098", name=NAME, live=True)
    async with transaction(rig.sessions) as session:
        near = await draft_for_call(session, rig.city, linkedid=NEIGHBOUR, citizen_phone="13800000098", at=clock.now())
        near_id = near.id
    async with transaction(rig.sessions) as session:
        await take_step(
            session, rig.policy, near_id, Step.FILL_IN, actor=AGENT, at=clock.now(),
            fields={"subject": "street-lamp", "place_town": "lucheng", "place": "神道路", "title": "路灯",
                    "matter": "路灯不亮"},
        )  # fmt: skip
        at = clock.now()
        await note_request(session, order_id=order.id, linkedid="walk-5.1", number=NUMBER, place_at=at, asked_at=at)
        block = await propose(
            session, number=NUMBER, reason=text(1)[:180], days=3, longest_days=30, account_id=1, by="林示例", at=at
        )
        assert block.number
        link = await make_link(session, rig.policy.notifications, order, "street-lighting", by="周示例", at=at)
    token = sign_link(link_key(rig.settings), LINK_PATH, link.about, link.expires_at)
    ids = []
    for name in (f"{NAME}-{NUMBER}-身份证.png", f"{spelled_name(NAME)}{spelled_number(NUMBER)}.png"):
        answer = await web_rig.ask(
            Role.COORDINATOR, "POST", f"/api/orders/{order.number}/attachments", params={"kind": "photo", "name": name},
            data=photo(),
        )  # fmt: skip
        assert answer.status == 201, await answer.text()
        ids.append(str((await answer.json())["id"]))
    async with http_gateway() as gateway:
        notifications = NotificationsSettings(sms_url=f"{gateway.url}/sms")
        sending = Sending(
            rig.sessions,
            rig.policy,
            make_senders(notifications),
            clock.now,
            link_key(rig.settings),
            "https://line.example.cn",
        )
        async with transaction(rig.sessions) as session:
            await session.execute(update(Notification).values(next_try_at=clock.now()))
            wanted = list(
                await session.scalars(select(Notification.id).where(Notification.channel == NotificationChannel.SMS))
            )
        for notification_id in wanted:
            await send_notification(sending, notification_id)
        sent = [str(one["text"]) for one in gateway.got]
    async with rig.sessions() as session:
        last = max(await session.scalars(select(Notification.id)))
    places = {
        "number": (order.number,), "linkedid": (LINKEDID, NEIGHBOUR, "walk-3.1"), "kind": ("office", "unit"),
        "code": ("street-lighting", "unit-01"), "id": (*ids, *(str(one) for one in range(1, 4)), str(last)),
        "token": (token,), "name": ("agent1",),
    }  # fmt: skip
    return Filled(order, Walk(web_rig, places), sent, own)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_no_route_tells_any_role_who_the_reporter_is(filled: Filled, role: Role) -> None:
    asked = 0
    with structlog.testing.capture_logs() as logs:
        async for path, result in filled.walk.all_answers(role):
            asked += 1
            result = result.replace(filled.own[role], "") if role in filled.own else result
            assert not leak_in(result), (role, path, leak_in(result))
    assert asked > 20
    assert not leak_in(str(logs))


async def test_lists_exports_and_prints_do_not_name_him(filled: Filled) -> None:
    web_rig, rig = filled.walk.web_rig, filled.walk.web_rig.context
    for role in sorted(EVERYBODY):
        for path in ("/orders.xlsx", "/api/orders", "/orders"):
            answer = await web_rig.ask(role, "GET", path, params={"q": "以次充好"})
            if answer.status == 200:
                assert not leak_in(readable(await answer.read(), answer.content_type)), (role, path)
        answer = await web_rig.ask(
            role, "POST", "/orders/many", data={"number": filled.order.number, "action": "print"}
        )
        assert not leak_in(await answer.text()), role
    async with rig.sessions() as session:
        order = await session.get_one(Order, filled.order.id)
        me = Me(99, "supervisor", "许示例", Role.SUPERVISOR)
        assert not leak_in(str(dataclasses.asdict(await gather(session, rig.policy, me, order, at=clock.now()))))


async def test_no_notification_no_speech_and_no_browser_message_names_him(filled: Filled) -> None:
    rig = filled.walk.web_rig.context
    assert len(filled.sent) > 5
    for message in filled.sent:
        assert not leak_in(message), message
    async with rig.sessions() as session:
        for notification in await session.scalars(select(Notification)):
            text = f"{notification.title} {notification.text}"
            assert not leak_in(text), text
        order = await session.get_one(Order, filled.order.id)
        assert not leak_in(str(announcement(order, rig.city)))
        for push in await session.scalars(select(Assignment).where(Assignment.order_id == order.id)):
            await session.refresh(push, ["order"])
            assert not leak_in(str(message_of(push, rig.city)))


async def test_a_file_keeps_its_kind_under_a_neutral_name(filled: Filled) -> None:
    answer = await filled.walk.web_rig.get(Role.OFFICE, f"/api/orders/{filled.order.number}/attachments")
    assert answer["attachments"]
    for one in answer["attachments"]:
        assert re.fullmatch(rf"附件{one['id']}\.(png|jpe?g)", one["name"])


async def test_the_walk_would_see_a_leak(filled: Filled) -> None:
    """Whoever said why reads it all: what the others are not shown is there."""
    number = filled.order.number
    await filled.walk.web_rig.ask(
        Role.COORDINATOR, "POST", f"/api/orders/{number}/identity", json={"reason": "联系来电人核实情况"}
    )
    body = await (await filled.walk.web_rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{number}")).text()
    assert leak_in(body)
