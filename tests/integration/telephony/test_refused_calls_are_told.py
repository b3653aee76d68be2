"""A call that the exchange refuses is on the supervisors' pages by itself: telephone, dialplan, its file, the page."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.database import transaction
from core.numbers.dialling import Dialling
from core.tasks import cancel, spawn
from dispatch.policy import Policy
from dispatch.workflow import Role
from hotline.bridges.line.call_control import perform
from hotline.pipeline import react
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.cel_reader import Follower
from telephony.calls.models import Call
from telephony.control.conference import Rooms, outgoing_of
from telephony.control.models import CallCommand
from telephony.phone import AsyncPhone, CallRefused
from tests.conftest import until
from tests.support.calls import draft
from tests.support.carrier import Carrier
from tests.support.crew_line import line
from tests.support.exchange import Exchange
from tests.support.web_rig import WebRig

SECONDS = 60
LIMIT = 2


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier()
    yield one
    one.close()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    rule = Dialling(extension_day=LIMIT)
    exchange = Exchange(tmp_path_factory.mktemp("refused"), trunk_host=carrier.address, dialling=rule)
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
async def rooms(pbx: Exchange, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rooms]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield Rooms(one.control, outgoing_of(pbx.settings))


@pytest.fixture(name="followed")
async def followed_file(pbx: Exchange, web_rig: WebRig, policy: Policy) -> AsyncIterator[None]:
    """What the exchange writes is read and acted on, as `hotline line` does it."""
    sessions, name = web_rig.context.sessions, pbx.settings.systemname
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM alarms"))
    listener = CallRecorder(name, sessions, partial(react, policy))
    running = spawn(Follower(listener, sessions, pbx=name, file=pbx.settings.cel_file).run(), name="follower")
    yield
    await listener.quiet()
    await cancel(running)


async def told(web_rig: WebRig, words: str) -> str:
    """The supervisors' page, once it says so."""

    async def page() -> str:
        shown = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/troubles")).text()
        return shown if words in shown else ""

    return str(await until(page, SECONDS))


async def dial(phone: AsyncPhone, number: str) -> None:
    with pytest.raises(CallRefused):
        await phone.call(number)


@pytest.mark.usefixtures("followed")
async def test_what_a_telephone_may_not_dial_is_told_to_the_supervisors(pbx: Exchange, web_rig: WebRig) -> None:
    async with AsyncPhone(pbx.account("1002")) as agent:
        await agent.register()
        await dial(agent, "0085212345678")
        await dial(agent, "9001234567")
    # Each call is handled independently: their alarms come in either order.
    await told(web_rig, "分机1002拨打不允许的号码（9001开头，10位），已拦下。")
    page = await told(web_rig, "分机1002拨打不允许的号码（0085开头，13位），已拦下。")
    assert "9001开头" in page, "one does not hide another"
    assert "12345678" not in page, "the rest of a slip may be a citizen's number"


@pytest.mark.usefixtures("followed")
async def test_a_telephones_call_beyond_the_limit_is_told_to_the_supervisors(pbx: Exchange, web_rig: WebRig) -> None:
    async with AsyncPhone(pbx.account("1003")) as agent:
        await agent.register()
        for _ in range(LIMIT + 1):
            await dial(agent, "13900000001")
    await told(web_rig, f"分机1003今天外呼已达{LIMIT}次上限")


@pytest.mark.usefixtures("followed")
async def test_a_call_from_the_desk_beyond_the_telephones_limit_is_told_and_dials_nobody(
    pbx: Exchange, rooms: Rooms, carrier: Carrier, web_rig: WebRig
) -> None:
    """The desk's extension has used up its day at its own keys."""
    sessions = web_rig.context.sessions
    order = await draft(web_rig, "refused-1.1", "", citizen_phone="13900003900", title="路")
    async with AsyncPhone(pbx.account("1001")) as agent:
        await agent.register()
        for _ in range(LIMIT):
            await dial(agent, "13900000001")
        before = list(carrier.dialled)
        asked = await web_rig.ask(Role.AGENT, "POST", f"/api/orders/{order}/calls", json={"to": "citizen"})
        assert asked.status == 202, await asked.text()
        async with sessions() as session:
            command_id = (await session.scalars(select(CallCommand.id).where(CallCommand.order_number == order))).one()
        await perform(sessions, rooms, command_id, pbx=pbx.settings.systemname)
        assert not agent.phone.calls(), "his own telephone was not rung"
    await told(web_rig, f"分机1001在页面上外呼被拦下（工单 {order}）：超过每天的次数。")
    assert carrier.dialled == before
    async with sessions() as session:
        command = await session.get_one(CallCommand, command_id)
        calls = list(await session.scalars(select(Call.linkedid)))
    assert command.result == f"分机1001今天外呼已满{LIMIT}次，不能再打。请联系督查员。"
    assert not [linkedid for linkedid in calls if linkedid.startswith("ask-")], "a question is no call"
