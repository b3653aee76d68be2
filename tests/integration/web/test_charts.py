"""Charts stand beside the tables that they are drawn from, by the same rows."""

import datetime as dt
import re

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.clock import CITY_ZONE, in_city
from core.database import transaction
from dispatch.crews.models import UnitStatusChange
from dispatch.crews.rules import UnitStatus
from dispatch.orders.models import Order
from dispatch.workflow import FINAL, Role
from tests.support.orders import make_reviewed, register
from tests.support.sample import REPLY
from tests.support.web_rig import WebRig

NAMED = re.compile(r'<svg class="chart-plot"[^>]* role="img" aria-label="([^"]+)" aria-details="([\w-]+)"')


async def shown(web_rig: WebRig, path: str, role: Role = Role.SUPERVISOR) -> str:
    answer = await web_rig.ask(role, "GET", path)
    page = await answer.text()
    assert answer.status == 200, page
    return page


def charts_of(page: str) -> list[str]:
    """What each chart says of itself. Each names its table, and asks no browser for a style in line."""
    found = NAMED.findall(page)
    assert len(found) == page.count('class="chart-plot"')
    assert all(f'id="{table}"' in page for _, table in found)
    assert " style=" not in page
    return [said for said, _ in found]


async def test_calls_and_waits_by_hour_are_drawn_above_their_table(web_rig: WebRig) -> None:
    yesterday = (in_city(clock.now()) - dt.timedelta(days=1)).date()
    calls, waits = charts_of(await shown(web_rig, f"/figures?from={yesterday}"))
    assert calls.startswith("每小时来电：最多的是")
    assert waits.startswith("每小时平均应答：最多的是")


@pytest.mark.parametrize("query", ["?by=agent", "?from=2020-01-01&to=2020-01-02"])
async def test_without_calls_or_by_agent_there_is_the_table_alone(web_rig: WebRig, query: str) -> None:
    assert charts_of(await shown(web_rig, f"/figures{query}")) == []


async def test_scorecards_have_a_bar_for_each_share_and_the_whole_city_first(web_rig: WebRig) -> None:
    await make_reviewed(web_rig, "qufu-961.1", REPLY)
    page = await shown(web_rig, "/supervision/scorecards")
    first = page.split("<tbody>")[1].split("</tr>")[0]
    assert "全市合计" in first
    received = [int(one) for one in re.findall(r'<td class="figure">(\d+)</td>\s*<td class="figure', page)]
    assert received[0] == sum(received[1:]) > 0
    assert page.count('class="cell-bar"') == page.count("</small></td>") > 0


async def test_open_orders_are_counted_by_age_once_each_and_lead_to_their_list(web_rig: WebRig) -> None:
    number, at = await register(web_rig, "qufu-960.1"), clock.now()
    old = {"received_at": at - dt.timedelta(days=40), "finish_due_at": at - dt.timedelta(days=30)}
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Order).where(Order.number == number).values(**old))
        opened = await session.scalar(select(func.count()).where(Order.state.not_in(FINAL)))
    page = await shown(web_rig, "/figures/open-orders")
    (said,) = charts_of(page)
    assert said.startswith("在办工单，按受理以来的天数：最多的是")
    assert re.search(rf"<tfoot>.*<td>{opened}</td></tr></tfoot>", page)
    row = re.search(r"受理已满30天</th><td>(\d+)</td><td><a href=\"([^\"]+)\">1</a></td>", page)
    assert row is not None
    listed = await shown(web_rig, row[2].replace("&amp;", "&"))
    assert number in listed
    assert len(set(re.findall(r'href="/orders/(QF[\d-]+)', listed))) == 1


async def test_a_crews_day_is_cut_at_midnight_and_has_its_sums(web_rig: WebRig) -> None:
    midnight = dt.datetime(2026, 3, 2, tzinfo=CITY_ZONE)
    steps = ((-1, UnitStatus.FREE), (2, UnitStatus.ON_THE_WAY), (3, UnitStatus.OFF_SHIFT), (23, UnitStatus.FREE))
    async with transaction(web_rig.context.sessions) as session:
        for hours, status in steps:
            at = midnight + dt.timedelta(hours=hours)
            session.add(UnitStatusChange(unit_code="unit-02", status=status, at=at, received_at=at, person="孔示例"))
    page = await shown(web_rig, "/units/unit-02/day?day=2026-03-02", Role.COORDINATOR)
    assert charts_of(page) == ["这一天：待命 3小时00分，在路上 1小时00分。起止时间见下面的表。"]
    begun = re.findall(r'<th scope="row">([\d:]+)</th><td>([\d:]+)</td><td>(\w+)</td>', page)
    assert begun == [
        ("00:00:00", "02:00:00", "待命"), ("02:00:00", "03:00:00", "在路上"), ("23:00:00", "24:00:00", "待命"),
    ]  # fmt: skip
    assert "这一天没有上班" in await shown(web_rig, "/units/unit-02/day?day=2026-02-01", Role.COORDINATOR)


async def test_a_status_that_nobody_ended_does_not_last_for_days(web_rig: WebRig) -> None:
    begun = dt.datetime(2026, 3, 9, 8, tzinfo=CITY_ZONE)
    async with transaction(web_rig.context.sessions) as session:
        row = {"unit_code": "unit-03", "status": UnitStatus.THERE, "person": "孔示例"}
        session.add(UnitStatusChange(**row, at=begun, received_at=begun))
    assert "16小时00分" in await shown(web_rig, "/units/unit-03/day?day=2026-03-09", Role.COORDINATOR)
    assert "这一天没有上班" in await shown(web_rig, "/units/unit-03/day?day=2026-03-10", Role.COORDINATOR)


@pytest.mark.parametrize(("query", "status"), [("?day=2999-01-01", 422), ("?day=x", 422)])
async def test_a_day_that_cannot_be_shown_is_refused(web_rig: WebRig, query: str, status: int) -> None:
    assert (await web_rig.ask(Role.COORDINATOR, "GET", f"/units/unit-02/day{query}")).status == status
    assert (await web_rig.ask(Role.COORDINATOR, "GET", "/units/nowhere/day")).status == 404
