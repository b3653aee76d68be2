"""The holder of a link has no name. What the office's people and its other links wrote is not shown there
as typed; of an order with a confidential reporter not at all, for its redacted form would show which names are right.
"""

import pytest

from access.visibility.rules import OF_THE_OFFICE
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from tests.support.office_links import link
from tests.support.orders import take
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, LAMPS
from tests.support.web_rig import WebRig

NAME, NUMBER = "钱朵玉", "13900009173"


async def send(web_rig: WebRig, path: str, step: Step, order: Order, **fields: str) -> None:
    async with web_rig.context.sessions() as session:
        version = str((await session.get_one(Order, order.id)).version)
    answer = await web_rig.ask(None, "POST", f"{path}/steps/{step}", data={"version": version, **fields})
    assert answer.status == 303, await answer.text()


async def seen(web_rig: WebRig, path: str, role: Role | None = None) -> str:
    return await (await web_rig.ask(role, "GET", path)).text()


@pytest.fixture(scope="module")
async def secret(web_rig: WebRig) -> tuple[Order, str, str]:
    """An order, and two links of its office through which it was handled; people of the office wrote as well."""
    order = await registered(web_rig, "link-1.1", NUMBER, citizen_name=NAME, confidential=True)
    first, second = await link(web_rig, order), await link(web_rig, order)
    await take(web_rig, order, Step.ACCEPT, LAMPS)
    await take(web_rig, order, Step.REPORT, LAMPS, note=f"甲记：{NAME}或者李示例")
    await send(web_rig, first, Step.REPORT, order, note=f"乙记：{NAME}或者赵示例")
    await send(web_rig, second, Step.REPORT, order, note=f"丙记：{NAME}或者王二示")
    await take(web_rig, order, Step.START, LAMPS)
    await send(web_rig, first, Step.REPLY, order, done=f"乙办：{NAME}", public_answer=f"乙答：{NAME}", solved="yes")
    return order, first, second


async def test_a_link_shows_its_own_words_as_typed_and_nothing_of_the_offices_others(
    web_rig: WebRig, secret: tuple[Order, str, str]
) -> None:
    _, first, second = secret
    page = await seen(web_rig, first)
    for said in (f"乙记：{NAME}或者赵示例", f"乙办：{NAME}", f"乙答：{NAME}"):
        assert said in page
    for said in ("甲记", "李示例", "丙记", "王二示"):
        assert said not in page
    assert OF_THE_OFFICE in page
    page = await seen(web_rig, second)
    assert f"丙记：{NAME}或者王二示" in page
    for said in ("甲记", "乙记", "乙办", "乙答", "赵示例"):
        assert said not in page


async def test_the_offices_own_people_read_what_came_through_its_links(
    web_rig: WebRig, secret: tuple[Order, str, str]
) -> None:
    page = await seen(web_rig, f"/orders/{secret[0].number}", Role.OFFICE)
    for said in ("甲记：{}或者李示例", "乙记：{}或者赵示例", "丙记：{}或者王二示", "乙办：{}", "乙答：{}"):
        assert said.format(NAME) in page


async def test_a_part_that_the_offices_people_answered_is_not_shown_through_its_link(web_rig: WebRig) -> None:
    order = await registered(web_rig, "link-2.1", NUMBER, citizen_name=NAME, confidential=True)
    added = {"co_office_codes": ["street-lighting"], "lead_office_code": "housing", "reason": "改由房管主办"}
    order = await take(web_rig, order, Step.REDISPATCH, COORDINATOR, **added)
    order = await take(web_rig, order, Step.ANSWER_PART, LAMPS, note=f"丁答：{NAME}")
    page = await seen(web_rig, await link(web_rig, order))
    assert "丁答" not in page
    assert OF_THE_OFFICE in page


async def test_of_an_ordinary_citizen_others_words_are_masked_behind_a_link(web_rig: WebRig) -> None:
    order = await registered(web_rig, "link-3.1", "13800000077", citizen_name="关注示例")
    first, second = await link(web_rig, order), await link(web_rig, order)
    await take(web_rig, order, Step.ACCEPT, LAMPS)
    await take(web_rig, order, Step.REPORT, LAMPS, note="甲记：已联系关注示例，电话13800000077")
    await send(web_rig, first, Step.REPORT, order, note="乙记：已联系关注示例")
    page = await seen(web_rig, second)
    assert "甲记：已联系关**" in page
    assert "乙记：已联系关**" in page
    assert "关注示例" not in page
    assert "13800000077" not in page
    assert "乙记：已联系关注示例" in await seen(web_rig, first)
