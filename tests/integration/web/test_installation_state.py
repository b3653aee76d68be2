"""What the system says of its own parts, to strangers and to signed-in people."""

import datetime as dt

import pytest
from sqlalchemy import delete, update

from core import clock
from core.clock import CITY_ZONE
from core.database import make_engine, make_sessions, transaction
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.workflow import Role
from hotline.monitoring.alarms import note_troubles
from telephony.ami.status import ManagerState
from telephony.labels import TROUBLES
from telephony.monitoring.incidents import SHOWN, raise_incident
from telephony.monitoring.models import Alarm, LineHeart
from telephony.trouble_kinds import TroubleKind
from tests.support.web_rig import WebRig
from web.http.context import AppContext
from web.status import views
from web.status.state import readiness


def heart(pbx: str, seen_at: dt.datetime) -> LineHeart:
    return LineHeart(
        pbx=pbx, manager_state=ManagerState.CONNECTED, since=seen_at, detail="Asterisk Call Manager",
        cel_read_at=seen_at, cel_backlog_bytes=0, unfolded_facts=0, started_at=seen_at, seen_at=seen_at,
    )  # fmt: skip


async def test_strangers_learn_which_lines_are_there_and_nothing_else(web_rig: WebRig) -> None:
    now = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        session.add(heart("alive", now))
        session.add(heart("dead", now - dt.timedelta(minutes=1)))
        session.add(Alarm(pbx="dead", kind=TroubleKind.LINE_AWAY, detail="away", raised_at=now, seen_at=now))
    said = await web_rig.get(None, "/readyz")
    assert said == {"ready": True, "database": True, "live": True, "lines": {"alive": True, "dead": False}}
    assert (await web_rig.ask(None, "GET", "/api/installation")).status == 401
    assert (await web_rig.ask(Role.UNIT, "GET", "/api/installation")).status == 403
    answer = await web_rig.get(Role.SUPERVISOR, "/api/installation")
    assert [(line["pbx"], line["ok"]) for line in answer["lines"]] == [("alive", True), ("dead", False)]
    assert "has not been heard of" in answer["lines"][1]["trouble"]
    assert [alarm["kind"] for alarm in answer["alarms"]] == ["line_away"]


async def test_the_line_at_the_head_of_each_page_says_what_is_wrong_also_where_no_watch_runs(
    web_rig: WebRig,
) -> None:
    now = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Alarm).values(cleared_at=now))
        await session.execute(delete(LineHeart))
        session.add_all([heart("alive", now), heart("silent", now - dt.timedelta(minutes=2))])
        session.add(Alarm(pbx="silent", kind=TroubleKind.NO_AGENT, detail="nobody", raised_at=now, seen_at=now))
    says = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/troubles")).text()
    assert says.count("线路报警") == 2
    assert "这里看不到新的来电" in says
    assert "请马上安排人员就绪" in says
    assert (await web_rig.ask(Role.AGENT, "GET", "/troubles")).status == 403
    assert (await web_rig.get(Role.AGENT, "/api/wallboard"))["troubles"][-1] == "no_agent"
    assert 'hx-get="/troubles"' in await (await web_rig.ask(Role.SUPERVISOR, "GET", "/wall")).text()
    assert "自动巡检没有运行" in await (await web_rig.ask(Role.SUPERVISOR, "GET", "/wall")).text()
    assert set(TROUBLES) == set(TroubleKind)
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Alarm).values(cleared_at=now))
        await session.execute(delete(LineHeart))


@pytest.mark.parametrize(("day", "looks"), [("2026-11-30", "alarm-line warn"), ("2026-12-28", "alarm-line")])
async def test_a_missing_calendar_is_a_warning_until_limits_reach_into_its_year(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch, day: str, looks: str
) -> None:
    then = dt.datetime.fromisoformat(day).replace(hour=12, tzinfo=CITY_ZONE)
    monkeypatch.setattr(views, "calendar_wanted", lambda rules, days, at: calendar_wanted(rules, days, then))
    words = f'<p class="{looks}" role="status">工作日历：还没有2027年的放假调休安排'
    assert words in await (await web_rig.ask(Role.ADMINISTRATOR, "GET", "/troubles")).text()
    for role in (Role.SUPERVISOR, Role.COORDINATOR):
        says = await (await web_rig.ask(role, "GET", "/troubles")).text()
        assert (words in says) == (looks == "alarm-line"), "a warning is for those who can enter the days"


async def test_an_incident_is_one_alarm_at_the_head_of_the_chiefs_pages_until_nothing_more_was_noticed(
    web_rig: WebRig,
) -> None:
    now = clock.now()
    kind = TroubleKind.GUESSING_SIGN_IN
    for seconds, detail, new in (
        (-40, "10.0.0.5 试了5次", True),
        (-39, "10.0.0.5 试了6次", False),
        (0, "10.0.0.5\n试了60次<", False),
    ):
        async with transaction(web_rig.context.sessions) as session:
            assert await raise_incident(session, "alive", kind, detail, now + dt.timedelta(seconds=seconds)) is new
    async with transaction(web_rig.context.sessions) as session:
        await note_troubles(session, "alive", [], now)
    says = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/troubles")).text()
    assert says.count("安全报警") == 1
    assert "（10.0.0.5 试了60次&lt;）" in says
    assert (await web_rig.ask(Role.AGENT, "GET", "/troubles")).status == 403
    assert (await web_rig.get(Role.AGENT, "/api/wallboard"))["troubles"] == []
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Alarm).values(seen_at=now - SHOWN))
    assert "安全报警" not in await (await web_rig.ask(Role.SUPERVISOR, "GET", "/troubles")).text()
    async with transaction(web_rig.context.sessions) as session:
        assert await raise_incident(session, "alive", kind, "10.0.0.6 试了5次", now)
        await session.execute(update(Alarm).values(cleared_at=now))


async def test_without_the_database_it_is_not_ready_and_says_so(web_rig: WebRig) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    there = web_rig.context
    said = await readiness(AppContext(there.settings, make_sessions(engine), there.bus, there.holder), clock.now())
    assert (said.ready, said.database, said.lines) == (False, False, {})
    await engine.dispose()
