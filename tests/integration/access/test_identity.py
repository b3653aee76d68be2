"""Who may see a citizen? Nobody by default, a person with a reason for a while, and of a confidential reporter no
office.
"""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from access.visibility.disclosure_models import Disclosure
from core import clock
from core.database import transaction
from dispatch.orders.models import Order
from dispatch.workflow import Role
from telephony.calls.models import Call, Leg
from tests.support.web_rig import WebRig
from web.app import ROUTES
from web.http.routes import Route

NAME, PHONE = "保密示例", "13900000777"
LINKEDID = "qufu-104.1"
SAID = f"我叫{NAME}，电话 139-0000-0777，请为我保密。"


@pytest.fixture(scope="module", autouse=True)
async def told_on(web_rig: WebRig) -> None:
    """The secret citizen's name and number stand in the texts of the order too."""
    async with transaction(web_rig.context.sessions) as session:
        order = (await session.scalars(select(Order).where(Order.number == web_rig.sample.secret))).one()
        order.matter, order.title, order.place = SAID, f"{order.title} {PHONE}", f"大成路，{NAME}家"


def places(web_rig: WebRig, route: Route) -> list[str]:
    """The route's address with everything that belongs to the secret order."""
    known = {"number": web_rig.sample.secret, "linkedid": LINKEDID, "kind": "office", "code": "street-lighting"}
    parts = re.findall(r"{(\w+)(?::([^}]*))?}", route.path)
    ways = [route.path]
    for name, pattern in parts:
        values = pattern.split("|") if "|" in pattern and name not in known else [known.get(name, "1")]
        ways = [re.sub(rf"{{{name}(:[^}}]*)?}}", value, way, count=1) for way in ways for value in values]
    return ways


READS = [route for route in ROUTES if route.method == "GET" and route.roles and not route.socket]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.COORDINATOR])
async def test_no_page_and_no_answer_names_a_secret_citizen(web_rig: WebRig, role: Role) -> None:
    for route in READS:
        if role not in (route.roles or ()):
            continue
        for path in places(web_rig, route):
            answer = await web_rig.ask(role, "GET", path)
            said = (await answer.read()).decode(errors="replace")
            assert NAME not in said, (role, path)
            assert not re.search("139[- ]?0000[- ]?0777", said), (role, path)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER])
@pytest.mark.parametrize(
    "word", [PHONE, "0777", "13900000", "139-0000-0777", "１３９００００", NAME, "保密示", f"叫{NAME}"]
)
async def test_who_may_not_know_him_does_not_find_him_by_guessing(web_rig: WebRig, role: Role, word: str) -> None:
    found = await web_rig.get(role, "/api/orders", params={"q": word})
    assert web_rig.sample.secret not in [order["number"] for order in found["orders"]]


async def test_other_words_and_the_orders_number_still_find_it(web_rig: WebRig) -> None:
    for word in ("以次充好", web_rig.sample.secret):
        found = await web_rig.get(Role.OFFICE, "/api/orders", params={"q": word})
        assert web_rig.sample.secret in [order["number"] for order in found["orders"]], word


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR, Role.LEADER])
async def test_no_reason_shows_a_secret_citizen_to_others(web_rig: WebRig, role: Role) -> None:
    path = f"/api/orders/{web_rig.sample.secret}/identity"
    answer = await web_rig.ask(role, "POST", path, json={"reason": "想知道是谁"})
    assert answer.status == 403
    assert "要求保密" in await answer.text()


async def test_a_coordinator_says_why_and_is_shown_him_for_a_while(web_rig: WebRig) -> None:
    number = web_rig.sample.secret
    before = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert (before["identity"], before["citizen_name"], before["citizen_phone"]) == ("masked", "", "")
    assert set(before["covered"]) == {"citizen_name", "citizen_phone", "matter", "place", "title"}
    wish = {"reason": "联系来电人核实情况"}
    shown = await web_rig.ask(Role.COORDINATOR, "POST", f"/api/orders/{number}/identity", json=wish)
    assert ((await shown.json())["name"], (await shown.json())["phone"]) == (NAME, PHONE)
    after = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert (after["identity"], after["citizen_name"], after["citizen_phone"]) == ("shown", NAME, PHONE)
    assert (after["matter"], after["covered"]) == (SAID, [])
    assert after["calls"][0]["caller_number"] == PHONE
    assert NAME in await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{number}")).text()

    (row,) = [
        one for one in (await web_rig.get(Role.SUPERVISOR, "/api/disclosures"))["disclosures"] if one["order"] == number
    ]
    assert (row["display_name"], row["reason"], row["confidential"]) == ("周示例", wish["reason"], True)
    assert row["place"] == f"/api/orders/{number}/identity"
    of_order = await web_rig.ask(Role.SUPERVISOR, "GET", f"/orders/{number}/disclosures")
    assert wish["reason"] in await of_order.text()

    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("ALTER TABLE disclosures DISABLE TRIGGER disclosures_append_only"))
        await session.execute(update(Disclosure).values(until_at=clock.now() - dt.timedelta(seconds=1)))
        await session.execute(text("ALTER TABLE disclosures ENABLE TRIGGER disclosures_append_only"))
    later = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert (later["identity"], later["citizen_name"]) == ("masked", "")


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER])
async def test_everybody_sees_an_ordinary_citizen_masked_until_he_says_why(web_rig: WebRig, role: Role) -> None:
    path = f"/api/orders/{web_rig.sample.lamp}"
    masked = await web_rig.get(role, path)
    assert (masked["identity"], masked["citizen_name"], masked["citizen_phone"]) == ("masked", "王**", "138****0042")
    refused = await web_rig.ask(role, "POST", f"{path}/identity", json={"reason": ""})
    assert refused.status == 422
    assert (await web_rig.get(role, path))["identity"] == "masked"
    page = await web_rig.ask(role, "POST", f"/orders/{web_rig.sample.lamp}/identity", data={"reason": "上门前联系"})
    assert page.status == 303
    shown = await web_rig.get(role, path)
    assert (shown["citizen_name"], shown["citizen_phone"]) == ("王示例", "13800000042")


async def test_the_agent_in_the_call_sees_the_caller_and_half_an_hour_later_no_more(web_rig: WebRig) -> None:
    async def call_now() -> Any:
        return await web_rig.get(Role.AGENT, "/api/calls/qufu-110.1")

    assert (await call_now())["caller_number"] == "13600000512"
    assert (await web_rig.get(Role.COORDINATOR, "/api/calls/qufu-110.1"))["caller_number"] == "136****0512"
    long_ago = clock.now() - dt.timedelta(minutes=31)
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Leg).where(Leg.linkedid == "qufu-110.1").values(ended_at=long_ago))
        await session.execute(update(Call).where(Call.linkedid == "qufu-110.1").values(ended_at=long_ago))
    assert (await call_now())["caller_number"] == "136****0512"
    asked = await web_rig.ask(Role.AGENT, "POST", "/api/calls/qufu-110.1/identity", json={"reason": "回拨核实"})
    assert (await asked.json())["phone"] == "13600000512"
    assert (await call_now())["caller_number"] == "13600000512"


async def test_what_is_masked_is_not_in_the_form_where_it_would_be_overwritten(web_rig: WebRig) -> None:
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{web_rig.sample.fresh}")).text()
    assert 'id="fill_in-title"' in page
    assert 'id="fill_in-citizen_phone"' not in page
    await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{web_rig.sample.fresh}/identity", data={"reason": "更正号码"})
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{web_rig.sample.fresh}")).text()
    assert re.search(r'id="fill_in-citizen_phone"[^>]*value="18800000017"', page)


@pytest.mark.parametrize("statement", ["UPDATE disclosures SET reason = '无'", "DELETE FROM disclosures"])
async def test_looks_are_never_rewritten(web_rig: WebRig, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(text(statement))
