"""What supervisors ask for over the API, and that nobody else gets it."""

from dispatch.workflow import Role
from tests.support.web_rig import WebRig


async def test_a_months_scorecards_are_for_those_who_oversee(web_rig: WebRig) -> None:
    answer = await web_rig.get(Role.SUPERVISOR, "/api/supervision/scorecards?month=2026-11")
    for card in answer["scorecards"]:
        acceptance = ("accepted_in_time", "accepted_late", "accept_waiting", "accept_overdue", "accept_void")
        finishing = ("finished_in_time", "finished_late", "finish_waiting", "finish_overdue", "finish_void")
        assert card["received"] == sum(card[name] for name in acceptance) == sum(card[name] for name in finishing)
    assert (await web_rig.ask(Role.OFFICE, "GET", "/api/supervision/scorecards?month=2026-11")).status == 403
    assert (await web_rig.ask(None, "GET", "/api/supervision/accountability")).status == 401
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", "/api/supervision/scorecards?month=2026-13")).status == 422
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", "/api/supervision/scorecards?month=2099-12")).status == 422


async def test_lists_of_what_fell_due_are_there_from_the_first_day(web_rig: WebRig) -> None:
    assert (await web_rig.get(Role.COORDINATOR, "/api/supervision/accountability"))["entries"] == []
    assert (await web_rig.get(Role.LEADER, "/api/supervision/due-events?office=housing"))["due_events"] == []


async def test_a_draw_needs_a_month_that_is_over_and_a_supervisor(web_rig: WebRig) -> None:
    path = "/api/supervision/spot-checks"
    assert (await web_rig.ask(Role.COORDINATOR, "POST", path, json={"month": "2026-01"})).status == 403
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", path, json={"month": "2026-01"})).status == 422
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", f"{path}/1")).status == 404
    answer = await web_rig.ask(Role.SUPERVISOR, "POST", f"{path}/1/orders/QF20260101-0001-1", json={"finding": "好"})
    assert answer.status == 404


async def test_an_empty_accountability_list_says_after_how_many_days_what_is_listed(web_rig: WebRig) -> None:
    days = web_rig.context.policy.times.accountability_days
    page = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/supervision")).text()
    assert f"派单后超过{days}个工作日没有签收" in page.partition('class="head"')[2].partition("</header>")[0]
    assert f"派单后超过{days}个工作日没有签收" in page.partition("还没有问责记录")[2]
