"""Web Push as browsers and their push services speak it: encrypted for one browser, signed by our server."""

import datetime as dt
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import http_ece
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode
from sqlalchemy import delete, select, text

from access.accounts.models import Account
from core import clock
from core.database import transaction
from core.errors import Unavailable
from dispatch.assignments.assign import NOTIFY_BROWSERS
from dispatch.assignments.models import CrewSearch
from dispatch.jobs.search_crews import continue_search
from dispatch.notifications.push_services import PublicOnly
from dispatch.notifications.rules import Audience
from dispatch.notifications.web_push import load_vapid, public_key
from dispatch.notifications.web_push_models import WebPushSubscription
from dispatch.orders.assignment_models import RecipientKind
from dispatch.reachability.checks import Target, begin_check
from dispatch.reachability.models import ReachabilityCheck
from dispatch.reachability.rules import ReachabilityMeans, ReachabilityResult
from dispatch.workflow import Role
from hotline.bridges.crew_push import notify_browsers
from hotline.bridges.reachability import notify_phones
from tests.support.orders import register
from tests.support.web_rig import WebRig


@dataclass
class PushService:
    """Stands for the browser's maker: takes messages, and its one browser reads them with its own key."""

    url: str = ""
    status: int = 201
    said: str = ""
    location: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    asked: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers, await request.read()))
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=self.status, text=self.said, headers=headers)

    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": b64urlencode(point), "auth": b64urlencode(self.auth)}

    def read(self) -> dict[str, Any]:
        _, body = self.asked[-1]
        said: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth))
        return said


@pytest.fixture
async def service(web_rig: WebRig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    """With the crew's browser subscribed there; the settings name it as the installation's own push service."""
    made = PushService()
    app = web.Application()
    app.router.add_post("/browser", made.take)
    app.router.add_post("/inside", made.take)
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url("/browser"))
    settings = web_rig.context.settings
    services = (str(server.make_url("/").origin()), *settings.web.push_services)
    own = settings.model_copy(update={"web": settings.web.model_copy(update={"push_services": services})})
    monkeypatch.setitem(vars(web_rig.context), "settings", own)
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(delete(WebPushSubscription))
        account_id = await session.scalar(select(Account.id).where(Account.unit_code == "unit-01"))
        session.add(
            WebPushSubscription(
                recipient_kind=RecipientKind.UNIT, recipient_code="unit-01", account_id=account_id, endpoint=made.url,
                user_agent="", created_at=clock.now(), **made.keys(),
            )
        )  # fmt: skip
    yield made
    await server.close()


async def assignment_of(web_rig: WebRig, number: str) -> int:
    """The crew's push, whose job waits for a worker."""
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assignment_id = next(push["id"] for push in order["assignments"] if push["recipient_kind"] == "unit")
    assert await jobs_of(web_rig, assignment_id) == 1
    return int(assignment_id)


async def jobs_of(web_rig: WebRig, assignment_id: int) -> int:
    async with web_rig.context.sessions() as session:
        jobs = await session.scalars(
            text("SELECT args->>'assignment_id' FROM procrastinate_jobs WHERE task_name = :task"),
            {"task": NOTIFY_BROWSERS},
        )
        return jobs.all().count(str(assignment_id))


async def send_push(web_rig: WebRig, assignment_id: int) -> None:
    rig = web_rig.context
    await notify_browsers(rig.settings, rig.sessions, rig.city, assignment_id)


async def subscriptions(web_rig: WebRig) -> list[str]:
    async with web_rig.context.sessions() as session:
        return list(await session.scalars(select(WebPushSubscription.endpoint)))


async def test_a_closed_page_is_told_of_the_order_by_a_message_only_its_browser_can_read(
    web_rig: WebRig, service: PushService
) -> None:
    number = await register(web_rig, "qufu-970.1", title="林前街路灯杆漏电", citizen_name="王示例")
    await send_push(web_rig, await assignment_of(web_rig, number))
    headers, body = service.asked[-1]
    assert service.read() | {"tag": ""} == {"title": "新派单：林前街路灯杆漏电", "body": "书院街道 · 林前街", "tag": ""}
    assert "林前街".encode() not in body
    assert (headers["Content-Encoding"], headers["Urgency"], int(headers["TTL"]) > 0) == ("aes128gcm", "high", True)
    vapid = load_vapid(web_rig.context.settings.vapid_key_file)
    assert Vapid02.verify(headers["Authorization"])
    assert f"k={public_key(vapid)}" in headers["Authorization"]


async def test_an_order_that_somebody_has_seen_already_is_not_told(web_rig: WebRig, service: PushService) -> None:
    assignment_id = await assignment_of(web_rig, await register(web_rig, "qufu-971.1"))
    assert (await web_rig.ask(Role.UNIT, "POST", f"/api/assignments/{assignment_id}/acknowledge")).status == 200
    await send_push(web_rig, assignment_id)
    assert service.asked == []


async def test_what_nobody_took_is_told_once_more_when_it_is_pushed_again(
    web_rig: WebRig, service: PushService
) -> None:
    assignment_id = await assignment_of(web_rig, await register(web_rig, "qufu-974.1"))
    await send_push(web_rig, assignment_id)
    rig, at = web_rig.context, clock.now()
    async with transaction(rig.sessions) as session:
        done = text("DELETE FROM procrastinate_jobs WHERE task_name = :task AND args->>'assignment_id' = :push")
        await session.execute(done, {"task": NOTIFY_BROWSERS, "push": str(assignment_id)})
        search_id = await session.scalar(select(CrewSearch.id).where(CrewSearch.assignment_id == assignment_id))
    assert search_id is not None
    for seconds, jobs in ((0, 0), (59, 0), (60, 1), (60, 1)):
        async with transaction(rig.sessions) as session:
            await continue_search(session, rig.policy, search_id, at=at + dt.timedelta(seconds=seconds))
        assert await jobs_of(web_rig, assignment_id) == jobs
    await send_push(web_rig, assignment_id)
    assert [headers["Topic"] for headers, _ in service.asked] == [service.read()["tag"]] * 2


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(web_rig: WebRig, service: PushService, status: int) -> None:
    service.status = status
    await send_push(web_rig, await assignment_of(web_rig, await register(web_rig, f"qufu-972.{status}")))
    assert await subscriptions(web_rig) == []


async def test_a_push_service_in_trouble_is_asked_again_and_nobody_is_forgotten(
    web_rig: WebRig, service: PushService
) -> None:
    service.status = 503
    assignment_id = await assignment_of(web_rig, await register(web_rig, "qufu-973.1"))
    with pytest.raises(Unavailable):
        await send_push(web_rig, assignment_id)
    service.status = 201
    await send_push(web_rig, assignment_id)
    assert await subscriptions(web_rig) == [service.url]
    assert [headers["Topic"] for headers, _ in service.asked] == [service.read()["tag"]] * 2


async def test_a_crews_phones_are_tested_with_the_page_closed(web_rig: WebRig, service: PushService) -> None:
    rig, target = web_rig.context, Target(ReachabilityMeans.PUSH, Audience.UNIT, "unit-01", browsers=1)

    async def test() -> tuple[ReachabilityResult | None, str]:
        async with transaction(rig.sessions) as session:
            begun = await begin_check(session, rig.city, rig.policy.notifications, target, at=clock.now())
        assert begun is not None
        for _ in range(2):
            await notify_phones(rig.settings, rig.sessions, begun.id)
        async with rig.sessions() as session:
            ended = await session.get_one(ReachabilityCheck, begun.id)
        return ended.result, ended.said

    assert await test() == (ReachabilityResult.TAKEN, "1部手机的推送服务已收下")
    assert len(service.asked) == 1, "what has its result is left alone"
    assert service.read()["title"] == "联络测试"
    service.status = 410
    assert await test() == (ReachabilityResult.FAILED, "没有能收到推送的手机，1部已失效、不再推送")
    assert await subscriptions(web_rig) == []


async def test_a_browser_subscribes_with_the_houses_key_and_never_to_a_place_without_tls(
    web_rig: WebRig, service: PushService
) -> None:
    body = {"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "expirationTime": None, "keys": service.keys()}
    for _ in range(2):
        assert (await web_rig.ask(Role.UNIT, "POST", "/api/crew/reminders", json=body)).status == 200
    assert (await subscriptions(web_rig)).count("https://fcm.googleapis.com/fcm/send/abc") == 1
    for inside in (
        "http://127.0.0.1:8188/ws",
        "https://127.0.0.1:18443/",
        "https://169.254.169.254/",
        "https://evil.cn/",
    ):
        answer = await web_rig.ask(Role.UNIT, "POST", "/api/crew/reminders", json=body | {"endpoint": inside})
        assert answer.status == 422
    assert len(await subscriptions(web_rig)) == 2
    file = web_rig.context.settings.vapid_key_file
    key = (await web_rig.get(Role.UNIT, "/api/crew"))["web_push_key"]
    assert key == public_key(load_vapid(file))
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_redirect_of_a_push_service_leads_nowhere(web_rig: WebRig, service: PushService) -> None:
    service.status, service.location = 307, service.url.replace("/browser", "/inside")
    assignment_id = await assignment_of(web_rig, await register(web_rig, "qufu-975.1"))
    await send_push(web_rig, assignment_id)
    assert [request for request, _ in service.asked if "inside" in str(request)] == []
    assert len(service.asked) == 1


async def test_an_address_that_an_earlier_release_took_is_not_asked_any_more(
    web_rig: WebRig, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = web_rig.context.settings
    strict = settings.model_copy(update={"web": settings.web.model_copy(update={"push_services": ("localhost",)})})
    monkeypatch.setitem(vars(web_rig.context), "settings", strict)
    await send_push(web_rig, await assignment_of(web_rig, await register(web_rig, "qufu-976.1")))
    assert service.asked == []


async def test_why_a_push_was_refused_is_kept_and_shown_to_the_crew_until_one_gets_through(
    web_rig: WebRig, service: PushService
) -> None:
    service.status, service.said = 403, '{"reason":"BadJwtToken"}'
    await send_push(web_rig, await assignment_of(web_rig, await register(web_rig, "qufu-977.1")))
    assert "BadJwtToken" in (await web_rig.get(Role.UNIT, "/api/crew"))["reminder_trouble"]
    rig, target = web_rig.context, Target(ReachabilityMeans.PUSH, Audience.UNIT, "unit-01", browsers=1)
    async with transaction(rig.sessions) as session:
        begun = await begin_check(session, rig.city, rig.policy.notifications, target, at=clock.now())
    assert begun is not None
    await notify_phones(rig.settings, rig.sessions, begun.id)
    async with rig.sessions() as session:
        ended = await session.get_one(ReachabilityCheck, begun.id)
    assert ended.result is ReachabilityResult.FAILED
    assert "推送服务拒绝（403）" in ended.said
    assert "BadJwtToken" in ended.said
    service.status = 201
    await send_push(web_rig, await assignment_of(web_rig, await register(web_rig, "qufu-978.1", title="长" * 100)))
    assert (await web_rig.get(Role.UNIT, "/api/crew"))["reminder_trouble"] == ""


async def test_a_name_that_stands_for_an_address_inside_is_not_found() -> None:
    resolver = PublicOnly()
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("localhost", 443)
    await resolver.close()
