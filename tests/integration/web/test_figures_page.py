"""The figures over HTTP: permitted roles, the same numbers as JSON, CSV and page."""

import csv
import io

import pytest

from dispatch.workflow import Role
from tests.support.web_rig import WebRig

PERIOD = {"from": "2020-01-01T00:00:00+08:00", "to": "2020-02-01"}


async def test_the_same_numbers_as_json_and_as_csv(web_rig: WebRig) -> None:
    result = await web_rig.get(Role.SUPERVISOR, "/api/figures", params={"by": "hour"})
    assert result["total"]["calls"] == sum(row["calls"] for row in result["calls"]) > 0
    outcomes = ("answered", "abandoned", "message_left", "callback_asked", "transferred_out", "failed")
    assert sum(result["total"][name] for name in outcomes) == result["total"]["calls"]
    answer = await web_rig.ask(Role.LEADER, "GET", "/api/figures.csv", params={"by": "hour"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="figures-hour-')
    rows = list(csv.DictReader(io.StringIO((await answer.text()).removeprefix("\ufeff"))))
    assert [int(row["calls"]) for row in rows] == [row["calls"] for row in [*result["calls"], result["total"]]]
    assert rows[-1]["starts_at"] == "total"


@pytest.mark.parametrize("by", ["hour", "day", "agent"])
async def test_the_page_shows_them_and_says_how_each_is_counted(web_rig: WebRig, by: str) -> None:
    answer = await web_rig.ask(Role.COORDINATOR, "GET", "/figures", params={"by": by})
    page = await answer.text()
    assert answer.status == 200, page
    assert "话务指标" in page
    assert "GB/T 33358-2016" in page


async def test_a_time_without_calls_is_shown_as_empty(web_rig: WebRig) -> None:
    result = await web_rig.get(Role.ADMINISTRATOR, "/api/figures", params=PERIOD)
    assert result["calls"] == []
    assert result["total"]["connect_rate"] is None
    assert result["until"].startswith("2020-01-31T16:00") or result["until"].startswith("2020-02-02T00:00")
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", "/figures", params=PERIOD)
    assert "这段时间没有来电" in await answer.text()


@pytest.mark.parametrize("role", [Role.AGENT, Role.OFFICE, Role.UNIT])
async def test_others_may_not_read_them(web_rig: WebRig, role: Role) -> None:
    for path in ("/api/figures", "/api/figures.csv", "/figures"):
        assert (await web_rig.ask(role, "GET", path)).status == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-21", "to": "2026-11-20"}, "to"),
        ({"from": "2020-01-01", "to": "2026-11-20", "by": "day"}, "from"),
        ({"from": "2026-01-01", "to": "2026-11-20", "by": "hour"}, "by"),
        ({"from": "yesterday"}, "from"),
        ({"by": "minute"}, "by"),
    ],
)
async def test_what_cannot_be_counted_is_named(web_rig: WebRig, query: dict[str, str], field: str) -> None:
    answer = await web_rig.ask(Role.SUPERVISOR, "GET", "/api/figures", params=query)
    assert answer.status == 422
    assert list((await answer.json())["fields"]) == [field]
