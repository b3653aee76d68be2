"""A sound beside its redacted words shows which words were redacted: on an order with a confidential reporter nobody
who may never know that reporter hears or reads what others said, redacted or not.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Update, update

from access.accounts.models import Account
from access.visibility.rules import UNHEARD
from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.notifications.office_links import LINK_PATH, make_link
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from tests.support.orders import take
from tests.support.planted import attach_sound, call_crew
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, CREW
from tests.support.web_rig import WebRig

NAME, NUMBER = "钱朵玉", "13900009173"
SAID = "听人说李示例和钱朵玉都来过东关"
STRANGERS = (Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)
"""They may never know, and said none of it."""


@dataclass
class Said:
    web_rig: WebRig
    order: Order
    note: int
    """The crew's voice note."""
    file: int
    """A sound of the crew's that was sent as a document."""
    agent_note: int
    linkedid: str
    recording: int
    link: str


@pytest.fixture(scope="module")
async def said(web_rig: WebRig) -> Said:
    rig = web_rig.context
    order = await registered(web_rig, "heard-1.1", NUMBER, citizen_name=NAME, confidential=True)
    linkedid, recording = await call_crew(web_rig, order, SAID)
    order = await take(web_rig, order, Step.ACCEPT, CREW)
    note = await attach_sound(web_rig, order, Role.UNIT, SAID)
    file = await attach_sound(web_rig, order, Role.UNIT, "", kind="document")
    agent_note = await attach_sound(web_rig, order, Role.AGENT, SAID)
    async with transaction(rig.sessions) as session:
        at = clock.now()
        link = await make_link(session, rig.policy.notifications, order, "street-lighting", by="周示例", at=at)
    token = sign_link(link_key(rig.settings), LINK_PATH, link.about, link.expires_at)
    return Said(web_rig, order, note, file, agent_note, linkedid, recording, token)


def update_crew(code: str) -> Update:
    return update(Account).where(Account.role == Role.UNIT).values(unit_code=code)


async def words_of(said: Said, role: Role) -> dict[int, Any]:
    answer = await said.web_rig.get(role, f"/api/orders/{said.order.number}/attachments")
    return {one["id"]: one for one in answer["attachments"]}


@pytest.mark.parametrize("role", STRANGERS)
async def test_a_voice_note_of_others_is_neither_read_nor_played(said: Said, role: Role) -> None:
    result = await words_of(said, role)
    assert [result[one]["words"] for one in (said.note, said.agent_note)] == [UNHEARD, UNHEARD]
    for note in (said.note, said.file, said.agent_note):
        assert result[note]["address"] == ""
        answer = await said.web_rig.ask(role, "GET", f"/api/attachments/{note}/file")
        assert (answer.status, "要求保密" in await answer.text()) == (403, True)
    page = await (await said.web_rig.ask(role, "GET", f"/orders/{said.order.number}")).text()
    assert UNHEARD in page
    assert "东关" not in page
    assert "/api/attachments/" not in page


async def test_the_crew_hears_its_own_note_and_not_the_agents(said: Said) -> None:
    result = await words_of(said, Role.UNIT)
    assert (result[said.note]["words"], result[said.agent_note]["words"]) == (SAID, UNHEARD)
    for note, status in ((said.note, 200), (said.file, 200), (said.agent_note, 403)):
        answer = await said.web_rig.ask(Role.UNIT, "GET", f"/api/attachments/{note}/file")
        assert answer.status == status, note
    shown = await said.web_rig.get(Role.UNIT, "/api/crew")
    voices = next(one["voices"] for one in shown["orders"] if one["number"] == said.order.number)
    assert [one["words"] for one in voices] == [SAID, UNHEARD]
    assert [bool(one["address"]) for one in voices] == [True, False]


async def test_the_holder_of_a_link_hears_no_note(said: Said) -> None:
    page = await (await said.web_rig.ask(None, "GET", f"/office-link/{said.link}")).text()
    assert UNHEARD in page
    assert "东关" not in page
    for note in (said.note, said.file, said.agent_note):
        assert f"attachments/{note}/file" not in page
        answer = await said.web_rig.ask(None, "GET", f"/api/office-links/{said.link}/attachments/{note}/file")
        assert answer.status == 403


@pytest.mark.parametrize("role", STRANGERS)
async def test_a_call_to_the_crew_is_neither_read_nor_played_by_others(said: Said, role: Role) -> None:
    web_rig = said.web_rig
    answer = await web_rig.ask(role, "GET", f"/api/calls/{said.linkedid}")
    # Administrators may open calls, but not the order.
    assert answer.status == 200
    assert (await answer.json())["recordings"] == []
    for path in (f"/api/recordings/{said.recording}/audio", f"/api/recordings/{said.recording}/peaks"):
        assert (await web_rig.ask(role, "GET", path)).status == 404, path
    for path in (f"/api/calls/{said.linkedid}/transcript", f"/api/calls/{said.linkedid}/sound?start=0&end=1"):
        assert (await web_rig.ask(role, "GET", path)).status in (403, 404), path
    found = await web_rig.ask(role, "GET", "/api/transcripts/search", params={"q": "东关"})
    assert found.status == 403 or (await found.json())["hits"] == []
    orders = await web_rig.get(role, "/api/orders", params={"q": "东关"})
    assert orders["orders"] == []
    for path in (f"/orders/{said.order.number}", f"/calls/{said.linkedid}"):
        page = await (await web_rig.ask(role, "GET", path)).text()
        assert "东关" not in page
        assert "/api/recordings/" not in page.replace("recordings.zip", "")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
async def test_no_export_holds_the_call_to_the_crew(said: Said, role: Role) -> None:
    answer = await said.web_rig.ask(role, "GET", f"/api/orders/{said.order.number}/recordings.zip")
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as packed:
        assert [name for name in packed.namelist() if name.endswith((".flac", ".wav"))] == []
        assert all("东关" not in packed.read(name).decode(errors="replace") for name in packed.namelist())


async def test_the_crew_that_was_called_reads_and_hears_itself_and_no_other_crew_does(said: Said) -> None:
    web_rig = said.web_rig
    call = await web_rig.get(Role.UNIT, f"/api/calls/{said.linkedid}")
    assert [one["transcript"]["text"] for one in call["recordings"]] == [SAID]
    assert (await web_rig.ask(Role.UNIT, "GET", f"/api/recordings/{said.recording}/audio")).status == 200
    async with transaction(web_rig.context.sessions) as session:
        # The order goes to another crew.
        await session.execute(update(Order).where(Order.id == said.order.id).values(unit_code="unit-02"))
        await session.execute(update_crew("unit-02"))
    try:
        call = await web_rig.get(Role.UNIT, f"/api/calls/{said.linkedid}")
        assert call["recordings"] == []
        assert (await web_rig.ask(Role.UNIT, "GET", f"/api/recordings/{said.recording}/audio")).status == 404
    finally:
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(update(Order).where(Order.id == said.order.id).values(unit_code="unit-01"))
            await session.execute(update_crew("unit-01"))


async def test_those_who_may_know_the_reporter_go_on_hearing(said: Said) -> None:
    for note in (said.note, said.file):
        answer = await said.web_rig.ask(Role.COORDINATOR, "GET", f"/api/attachments/{note}/file")
        assert answer.status == 200
    assert (await said.web_rig.ask(Role.AGENT, "GET", f"/api/recordings/{said.recording}/audio")).status == 200


async def test_a_call_of_an_order_that_a_confidential_one_was_merged_into_is_closed_too(web_rig: WebRig) -> None:
    """Its words name the other's citizen, covered, and its sound says the name."""
    first = await registered(web_rig, "heard-2.1", "13800000088", citizen_name="关注示例")
    linkedid, recording = await call_crew(web_rig, first, "南泉那边钱朵玉也来过")
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", f"/api/recordings/{recording}/audio")).status == 200
    second = await registered(web_rig, "heard-3.1", NUMBER, citizen_name=NAME, confidential=True)
    await take(web_rig, second, Step.MERGE, COORDINATOR, merged_into=first.number, reason="同一件事")
    for role in STRANGERS:
        assert (await web_rig.ask(role, "GET", f"/api/recordings/{recording}/audio")).status == 404, role
        assert (await web_rig.get(role, f"/api/calls/{linkedid}"))["recordings"] == []
    found = await web_rig.get(Role.SUPERVISOR, "/api/transcripts/search", params={"q": "南泉"})
    assert found["hits"] == []
