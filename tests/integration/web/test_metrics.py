"""/metrics: a Prometheus server's own parser reads it, the numbers are the rows', and strangers get nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select
from yarl import URL

from core import clock
from core.clock import in_city
from core.database import transaction
from core.jobs import Job, defer
from dispatch.workflow import Role
from telephony.ami.status import ManagerState
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call
from telephony.monitoring.models import LineHeart
from tests.support.web_rig import WebRig
from web.status.metrics_views import may_read


async def read(web_rig: WebRig) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = await web_rig.ask(None, "GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for family in families for sample in family.samples
    }


async def test_the_numbers_are_those_of_the_rows(web_rig: WebRig) -> None:
    now = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        session.add(
            LineHeart(
                pbx="qufu", manager_state=ManagerState.REFUSED, since=now, detail="nobody listens", cel_read_at=now,
                cel_backlog_bytes=4096, unfolded_facts=0, started_at=now, seen_at=now,
            )
        )  # fmt: skip
        await defer(session, Job("tests.metrics", queue="notifications"))
        answered = await session.scalar(
            select(func.count(Call.linkedid)).where(
                Call.outcome == Outcome.ANSWERED,
                Call.direction == Direction.INBOUND,
                Call.started_at >= in_city(now).replace(hour=0, minute=0, second=0, microsecond=0),
            )
        )
    found = await read(web_rig)
    assert found["hotline_calls_today", ("answered",)] == answered
    assert {labels[0] for name, labels in found if name == "hotline_calls_today"} == set(Outcome)
    assert found["hotline_line_up", ("qufu",)] == 0
    assert found["hotline_manager_state", ("qufu", "refused")] == 1
    assert found["hotline_manager_state", ("qufu", "connected")] == 0
    assert found["hotline_cel_backlog_bytes", ("qufu",)] == 4096
    assert found["hotline_jobs", ("notifications", "todo")] >= 1
    assert ("hotline_transcript_backlog_audio_seconds", ()) in found
    assert ("hotline_recordings", ("saved",)) in found


async def test_who_comes_through_a_proxy_is_no_neighbour(web_rig: WebRig) -> None:
    answer = await web_rig.ask(None, "GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status == 403
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", "/metrics", headers={"Forwarded": "for=10.0.0.1"})
    assert answer.status == 403


@pytest.mark.parametrize(
    ("remote", "headers", "token", "allowed"),
    [
        ("127.0.0.1", {}, "", True),
        ("::1", {}, "", True),
        ("10.0.0.7", {}, "", False),
        ("10.0.0.7", {"Authorization": "Bearer "}, "", False),
        ("10.0.0.7", {"Authorization": "Bearer guess"}, "right", False),
        ("10.0.0.7", {"Authorization": "Bearer right"}, "right", True),
        ("127.0.0.1", {"X-Real-IP": "10.0.0.7"}, "right", False),
        (None, {}, "", False),
    ],
)
def test_only_this_machine_or_the_token(remote: str | None, headers: dict[str, str], token: str, allowed: bool) -> None:
    asked = URL("http://127.0.0.1:8780/metrics")
    request: Any = SimpleNamespace(remote=remote, headers=headers, cookies={}, url=asked)
    assert may_read(request, token) is allowed


@pytest.mark.parametrize(
    ("host", "allowed"), [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("evil.example", False)]
)
def test_a_page_that_leads_its_own_name_to_this_machine_reads_nothing(host: str, allowed: bool) -> None:
    asked = URL(f"http://{host}:8780/metrics")
    request: Any = SimpleNamespace(remote="127.0.0.1", headers={}, cookies={}, url=asked)
    assert may_read(request, "") is allowed
