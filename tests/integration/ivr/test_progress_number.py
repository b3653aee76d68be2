"""How an order stands, by its number alone, read from a real PostgreSQL."""

import datetime as dt
from pathlib import Path

import pytest

from core.database import Sessions, make_engine, make_sessions, transaction
from core.errors import Unavailable
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.numbering import parse_number
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call
from dispatch.policy import Policy, load_policy
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from hotline.bridges.line.order_progress import find_progress
from ivr.progress_flow import NoOrderFound, OrderProgress

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
LAMP = {
    **{"kind": "help", "subject": "street-lamp", "title": "孔林门口路灯不亮", "matter": "路灯坏了。"},
    **{"place_town": "shuyuan", "place": "孔林门口"},
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(Path(__file__).parents[3] / "deploy/city/qufu")


@pytest.fixture(scope="module")
def city(policy: Policy) -> City:
    return policy.city


async def test_a_number_keyed_in_gives_state_and_limit(sessions: Sessions, policy: Policy) -> None:
    async with transaction(sessions) as session:
        await import_city(session, policy.city)
    async with transaction(sessions) as session:
        order = await draft_for_call(session, policy.city, linkedid="asked-1", citizen_phone="13800000042", at=AT)
        order_id, number = order.id, parse_number(order.number, policy.city.number_prefix)
    found = await find_progress(sessions, policy.city, number.keys)
    assert isinstance(found, OrderProgress)
    assert (found.number, found.state, found.due_at) == (str(number), "draft", None)
    async with transaction(sessions) as session:
        agent = Actor(1, Role.AGENT, "接线员示例")
        order = await take_step(session, policy, order_id, Step.REGISTER, actor=agent, at=AT, version=None, fields=LAMP)
        due_at = order.finish_due_at
    found = await find_progress(sessions, policy.city, number.keys)
    assert isinstance(found, OrderProgress)
    assert (found.state, found.due_at) == ("dispatched", due_at)
    assert due_at


@pytest.mark.parametrize("keyed", ["", "1", "12345678901234567", "2026113900427", "*", "2026112000019999999"])
async def test_what_is_no_number_is_mistyped(sessions: Sessions, city: City, keyed: str) -> None:
    assert await find_progress(sessions, city, keyed) is NoOrderFound.MISTYPED


async def test_a_number_that_was_never_given_is_unknown(sessions: Sessions, city: City) -> None:
    assert await find_progress(sessions, city, "2026112100422") is NoOrderFound.UNKNOWN


async def test_without_the_database_it_cannot_be_known(city: City, tmp_path: Path) -> None:
    engine = make_engine(f"postgresql:///hotline?host={tmp_path}")
    with pytest.raises(Unavailable):
        await find_progress(make_sessions(engine), city, "2026112100422")
    await engine.dispose()
