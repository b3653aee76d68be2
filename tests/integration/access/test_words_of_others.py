"""Others named somebody on an order with a confidential reporter, in every text and sound that they have. Whoever may
never know the reporter reads the order on every route, once with the right name in these texts and once with a wrong
one: nothing differs but the name itself, or what stands in its place.
"""

import datetime as dt
import re
from dataclasses import dataclass

import pytest

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from core.privacy.redaction import NO_NAME, NO_NUMBER
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.office_links import LINK_PATH, make_link
from dispatch.notifications.rules import Audience, NotificationChannel
from dispatch.orders.actors import Actor
from dispatch.workflow import Role, Step
from tests.support.orders import take
from tests.support.planted import attach_sound, call_crew
from tests.support.probed import Probed
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, CREW, LAMPS
from tests.support.walking import Walk
from tests.support.web_rig import WebRig
from web.desk import queue_strip

RIGHT, WRONG = ("钱朵玉", "13900009173"), ("孙梅贝", "13900005521")
PLANTED = f"东关那边来的是{RIGHT[0]}，电话{RIGHT[1]}，请核对"
SUPERVISOR, LEADER = Actor(5, Role.SUPERVISOR, "许示例"), Actor(6, Role.LEADER, "何示例")
LINK = Actor(None, Role.OFFICE, "市路灯管理所（经链接）", office_code="street-lighting")
STRANGERS = (Role.OFFICE, None, Role.UNIT, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)
"""None: the holder of the office's link."""
COVERED = re.compile(r'"covered": ?\[[^]]*\]')
"""Which fields of an order hold a redaction, as everybody sees who reads them."""


@dataclass
class Sounding(Probed):
    sounds: tuple[int, ...]
    """Notes of the crew, of the office, of an agent, a sound as a document; last the recording of the call."""


@pytest.fixture(scope="module")
async def probed(web_rig: WebRig) -> Sounding:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        for audience, code in ((Audience.OFFICE, "street-lighting"), (Audience.SUPERVISOR, "")):
            await add_contact(
                session, rig.city, audience, code, NotificationChannel.SMS, "13800000001", secret="", by="周示例",
                at=clock.now(),
            )  # fmt: skip
    until = clock.now() + dt.timedelta(days=20)
    secret = {"citizen_name": RIGHT[0], "confidential": True, "matter": f"路灯不亮。{PLANTED}", "cause": PLANTED}
    order = await registered(web_rig, "others-1.1", RIGHT[1], **secret)
    linkedid, recording = await call_crew(web_rig, order, PLANTED)
    await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason=PLANTED)
    await take(web_rig, order, Step.ANSWER_SUPERVISION, LAMPS, note=PLANTED)
    await take(web_rig, order, Step.ADD_CO_OFFICES, COORDINATOR, co_office_codes=["housing"], reason=PLANTED,
               task=PLANTED)  # fmt: skip
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=PLANTED, boundary=PLANTED, reason_code="not_ours",
               suggested_office_code="housing")  # fmt: skip
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason=PLANTED)
    await take(web_rig, order, Step.ACCEPT, CREW)
    await take(web_rig, order, Step.REPORT, LINK, note=PLANTED)
    await take(web_rig, order, Step.REPORT, CREW, note=PLANTED)
    await take(web_rig, order, Step.ASK_EXTENSION, LAMPS, promised_at=until.isoformat(), reason=PLANTED)
    await take(web_rig, order, Step.ESCALATE, SUPERVISOR, reason=PLANTED)
    await take(web_rig, order, Step.INSTRUCT, LEADER, instruction=PLANTED)
    await take(web_rig, order, Step.START, CREW)
    replied = await take(web_rig, order, Step.REPLY, CREW, done=PLANTED, public_answer=PLANTED)
    notes = [await attach_sound(web_rig, order, role, PLANTED) for role in (Role.UNIT, Role.OFFICE, Role.AGENT)]
    notes.append(await attach_sound(web_rig, order, Role.COORDINATOR, "", kind="document"))
    async with transaction(rig.sessions) as session:
        link = await make_link(
            session, rig.policy.notifications, replied, "street-lighting", by="周示例", at=clock.now()
        )
    token = sign_link(link_key(rig.settings), LINK_PATH, link.about, link.expires_at)
    places = {"number": (order.number,), "linkedid": ("others-1.1", linkedid), "kind": ("office", "unit"),
              "token": (token,), "code": ("street-lighting", "unit-01"),
              "id": (*map(str, notes), str(recording)), "name": ("agent1",)}  # fmt: skip
    walk = Walk(web_rig, places)
    return Sounding(web_rig, [order], "others-", PLANTED, ("东关", "请核对"), walk, (*notes, recording))


def without_the_guess(text: str) -> str:
    for shown in (*RIGHT, NO_NAME, NO_NUMBER):
        text = text.replace(shown, "■")
    return COVERED.sub("", text)


@pytest.mark.parametrize("role", STRANGERS)
async def test_right_and_wrong_names_in_others_words_are_told_apart_by_nothing_else(
    probed: Sounding, role: Role | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(queue_strip, "LONGEST_KEPT_SECONDS", 0.0)  # it was read before the texts were planted
    await probed.all_answers(role)
    right = await probed.all_answers(role)
    await probed.becomes(RIGHT, WRONG)
    wrong = await probed.all_answers(role)
    await probed.becomes(WRONG, RIGHT)
    assert any(PLANTED in result for result in wrong.values()), "the texts are read"
    assert [at for at, result in right.items() if without_the_guess(result) != without_the_guess(wrong[at])] == []
    note, recording = probed.sounds[0], probed.sounds[-1]
    crews = {
        f"/api/attachments/{note}/file",
        f"/api/recordings/{recording}/audio",
        f"/api/recordings/{recording}/peaks",
    }
    own = {Role.UNIT: crews, Role.OFFICE: {f"/api/attachments/{probed.sounds[1]}/file"}}
    paths = [f"/api/attachments/{one}/file" for one in probed.sounds[:-1]]
    paths += [f"/api/recordings/{recording}/{what}" for what in ("audio", "peaks")]
    played = {path for path in paths if right.get(f"{path} {{}}", " 404").split(" ", 2)[1] == "200"}
    assert played == own.get(role or Role.CITIZEN, set())
