"""A cover is no oracle: whoever may never know a confidential reporter, and writes a list of suspects into the order,
is answered the same on every route whether the reporter is on the list or not.

The property: an order with texts of every such party in it is read by that party on every route, then the reporter is
somebody else in the database, and it is read again; nothing is another.
"""

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from access.visibility.reporter_guesses import find_reporter_guesses
from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from core.privacy.redaction import NO_NAME, NO_NUMBER
from core.sections.probe import ProbeSettings
from core.texts.lines import many_lines
from dispatch.assignments.models import CrewSearch
from dispatch.jobs.search_crews import continue_search
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Notification
from dispatch.notifications.office_links import LINK_PATH, make_link
from dispatch.notifications.rules import Audience, NotificationChannel
from dispatch.orders.actors import Actor
from dispatch.steps.notify import INSIDE
from dispatch.workflow import Role, Step
from hotline.monitoring.alarms import send_waiting
from telephony.monitoring.incidents import raise_incident
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.orders import take
from tests.support.planted import attach_sound, call_crew
from tests.support.probed import Probed
from tests.support.reporters import registered, spelled_name, spelled_number
from tests.support.sample import COORDINATOR, CREW, LAMPS
from tests.support.walking import Walk
from tests.support.web_rig import WebRig
from web.desk import queue_strip

TRUE, OTHER = ("钱朵玉", "13900009173"), ("孙梅贝", "13900005521")
"""The reporter's two names, one for each pass: never written."""
SUSPECTS = [("李示例", "13900001111"), ("赵示例", "13900002222"), TRUE, ("王二示", "13900003333")]
DICE = random.Random(27)
SUPERVISOR, LEADER = Actor(5, Role.SUPERVISOR, "许示例"), Actor(6, Role.LEADER, "何示例")
"""As tests.support.sample makes their accounts."""
LINK = Actor(None, Role.OFFICE, "市路灯管理所（经链接）", office_code="street-lighting")
READERS: dict[str, tuple[Role | None, ...]] = {
    "office:street-lighting": (Role.OFFICE, None),
    "unit:unit-01": (Role.UNIT,),
    "account:5": (Role.SUPERVISOR,),
    "account:6": (Role.LEADER,),
}
"""By author, the reader of the same words. None: the holder of the office's link."""
OFFICE, UNIT, CHIEF, HEAD = READERS


def suspects() -> str:
    """A list as somebody writes it who wants to know: plain, spelled, the name's parts, numbers."""
    named = [one for name, number in SUSPECTS for one in (name, spelled_name(name), number, spelled_number(number))]
    named += [name[1:] for name, _ in SUSPECTS] + [f"{name[0]}先生" for name, _ in SUSPECTS]
    DICE.shuffle(named)
    # As a form's text is tidied before anybody sees it.
    return many_lines("怀疑是：" + "；".join(named) + f"。{DICE.randrange(10**6)}号名单")


TYPED = suspects()
SEARCHED = tuple(word for name, number in (TRUE, SUSPECTS[0]) for word in (name, name[1:], number))


@dataclass
class Written(Probed):
    author: str
    texts: list[str]
    """What was written by the author."""


@pytest.fixture(scope="module")
async def told_by_sms(web_rig: WebRig) -> None:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        for audience, code in (
            (Audience.OFFICE, "street-lighting"), (Audience.UNIT, "unit-01"), (Audience.COORDINATOR, ""),
            (Audience.SUPERVISOR, ""), (Audience.LEADER, ""),
        ):  # fmt: skip
            await add_contact(
                session, rig.city, audience, code, NotificationChannel.SMS, "13800000001", secret="", by="周示例",
                at=clock.now(),
            )  # fmt: skip


@pytest.fixture(scope="module", params=READERS)
async def written(web_rig: WebRig, told_by_sms: None, request: pytest.FixtureRequest) -> Written:
    """Orders on which one of them wrote names wherever possible, and the others wrote none."""
    rig, texts, whose = web_rig.context, [], request.param

    def by(author: str) -> str:
        if author != whose:
            return "请按规定办理。"
        texts.append(suspects())
        return texts[-1]

    run = f"own-{list(READERS).index(whose)}"
    until = clock.now() + dt.timedelta(days=20)
    secret = {"citizen_name": TRUE[0], "confidential": True}
    order = await registered(web_rig, f"{run}1.1", TRUE[1], **secret)
    await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason=by(CHIEF))
    await take(web_rig, order, Step.ANSWER_SUPERVISION, LAMPS, note=by(OFFICE))
    await take(web_rig, order, Step.ADD_CO_OFFICES, LAMPS, co_office_codes=["housing"], reason=by(OFFICE),
               task=by(OFFICE))  # fmt: skip
    moving = {"reason_code": "not_ours", "suggested_office_code": "housing"}
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=by(OFFICE), boundary=by(OFFICE), **moving)
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason="职责清楚")
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=by(OFFICE), boundary=by(OFFICE), **moving)
    await take(web_rig, order, Step.DECLINE_RETURN, SUPERVISOR, reason=by(CHIEF))
    await take(web_rig, order, Step.ACCEPT, CREW)
    await take(web_rig, order, Step.REPORT, LINK, note=by(OFFICE))
    await take(web_rig, order, Step.REPORT, CREW, note=by(UNIT))
    await take(web_rig, order, Step.ASK_EXTENSION, LAMPS, promised_at=until.isoformat(), reason=by(OFFICE))
    await take(web_rig, order, Step.ESCALATE, SUPERVISOR, reason=by(CHIEF))
    await take(web_rig, order, Step.INSTRUCT, LEADER, instruction=by(HEAD))
    await take(web_rig, order, Step.START, CREW)
    replied = await take(web_rig, order, Step.REPLY, CREW, done=by(UNIT), public_answer=by(UNIT))
    second = await registered(web_rig, f"{run}2.1", TRUE[1], **secret)
    # What a crew says in a call to it stands in no text of the order.
    linkedid, recording = await call_crew(web_rig, second, suspects() if whose == UNIT else "收到。")
    await take(web_rig, second, Step.ACCEPT, LAMPS)
    await take(web_rig, second, Step.START, LAMPS)
    await take(web_rig, second, Step.REPLY, LAMPS, done=by(OFFICE), public_answer=by(OFFICE))
    note = await attach_sound(web_rig, order, Role.UNIT, by(UNIT))
    third = await registered(web_rig, f"{run}3.1", TRUE[1], **secret)
    await take(web_rig, third, Step.DECLINE, CREW, reason=by(UNIT))
    async with transaction(rig.sessions) as session:
        for search_id in await session.scalars(select(CrewSearch.id).where(CrewSearch.order_id == third.id)):
            await continue_search(session, rig.policy, search_id, at=clock.now() + dt.timedelta(hours=1))
    async with transaction(rig.sessions) as session:
        link = await make_link(
            session, rig.policy.notifications, replied, "street-lighting", by="周示例", at=clock.now()
        )
    token = sign_link(link_key(rig.settings), LINK_PATH, link.about, link.expires_at)
    numbers = tuple(one.number for one in (order, second, third))
    places = {"number": numbers, "linkedid": (f"{run}1.1", linkedid), "kind": ("office", "unit"), "token": (token,),
              "code": ("street-lighting", "unit-01"), "id": (str(note), str(recording), "1", "2"),
              "name": ("agent1",)}  # fmt: skip
    orders = [order, second, third]
    return Written(web_rig, orders, run, TYPED, SEARCHED, Walk(web_rig, places), whose, texts)


async def test_no_answer_tells_a_writer_whether_the_reporter_is_on_the_list(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(queue_strip, "LONGEST_KEPT_SECONDS", 0.0)  # it was read before the texts were planted
    for role in READERS[written.author]:
        # What is acknowledged or written down by the first reading is so for both that are compared.
        await written.all_answers(role)
        right = await written.all_answers(role)
        await written.becomes(TRUE, OTHER)
        wrong = await written.all_answers(role)
        await written.becomes(OTHER, TRUE)
        assert len(right) > (0 if role is None else 60)
        assert [address for address, listed in right.items() if listed != wrong[address]] == []


async def test_each_reads_his_own_words_as_he_typed_them_and_the_others_read_them_covered(written: Written) -> None:
    for author, (role, *_) in READERS.items():
        result = ""
        for order in written.orders:
            for path in (f"/api/orders/{order.number}", f"/api/orders/{order.number}/attachments"):
                answer = await written.web_rig.ask(role, "GET", path)
                result += str(await answer.json()) if answer.status == 200 else ""
        mine = [said for said in written.texts if repr(said)[1:-1] in result]
        # The crew is not shown the order any more that it could not go to.
        lost = written.texts[4:5] if author == UNIT else []
        assert mine == ([said for said in written.texts if said not in lost] if author == written.author else []), role


async def test_nothing_that_is_made_of_their_words_holds_a_cover(written: Written) -> None:
    """In notifications, precedents, the system's reasons, the index: it would be read by its author as well."""
    async with written.web_rig.context.sessions() as session:
        tables = await session.scalars(text("SELECT table_name FROM information_schema.tables WHERE table_type = "
                                            "'BASE TABLE' AND table_schema = 'public'"))  # fmt: skip
        for table in tables:
            held = text(f'SELECT t::text FROM "{table}" t WHERE t::text LIKE ANY(:covers) LIMIT 1')
            covers = [f"%{NO_NAME}%", f"%{NO_NUMBER}%"]
            assert await session.scalar(held, {"covers": covers}) is None, table
        queued = list(await session.scalars(select(Notification).where(Notification.order_id == written.orders[0].id)))
    assert any(INSIDE in notification.text for notification in queued)
    assert not any("怀疑是" in notification.text for notification in queued)


async def test_who_wrote_the_reporter_is_told_to_those_who_may_know_and_to_nobody_else(written: Written) -> None:
    web_rig, order = written.web_rig, written.orders[0]
    async with transaction(web_rig.context.sessions) as session:
        await find_reporter_guesses(session, "qufu", order.id, 0, at=clock.now())
        assert await session.scalar(select(func.count()).where(Alarm.kind == TroubleKind.REPORTER_NAMED)) == 1
    for role in (Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR):
        kinds = [one["kind"] for one in (await web_rig.get(role, "/api/installation"))["alarms"]]
        assert (TroubleKind.REPORTER_NAMED in kinds) is (role in (Role.AGENT, Role.COORDINATOR)), role
        if role in (Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR):
            line = await (await web_rig.ask(role, "GET", "/troubles")).text()
            assert (order.number in line) is (role is Role.COORDINATOR), role


async def test_no_command_metric_or_log_says_that_a_reporter_was_named(
    web_rig: WebRig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = tmp_path / "said"
    watch = ProbeSettings(command=("tee", str(said)))
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(delete(Alarm))
        await raise_incident(session, "qufu", TroubleKind.REPORTER_NAMED, "工单X写到了诉求人", clock.now())
        await send_waiting(session, watch, clock.now())
        assert not said.exists()
        await raise_incident(session, "qufu", TroubleKind.LINE_FULL, "线路已满", clock.now())
        await send_waiting(session, watch, clock.now())
        assert "线路已满" in said.read_text("utf-8")
        await session.execute(delete(Alarm))
    metrics = await (await web_rig.ask(None, "GET", "/metrics")).text()
    assert 'hotline_alarms{kind="line_full"}' in metrics
    assert "reporter_named" not in metrics
    assert "工单X" not in caplog.text


async def test_who_works_under_the_reporters_name_is_not_covered(web_rig: WebRig) -> None:
    """A missing name would say that it is the reporter."""
    order = await registered(web_rig, "own-4.1", "13900007777", citizen_name="许示例", confidential=True)
    await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason="请抓紧")
    answer = await web_rig.get(Role.OFFICE, f"/api/orders/{order.number}")
    assert [row["actor_name"] for row in answer["history"] if row["step"] == "supervise"] == ["许示例"]
