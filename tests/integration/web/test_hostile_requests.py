"""What no browser sends: refused with a sentence (4xx), never our fault (5xx), and nothing of it in the log as ours."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestServer
from yarl import URL

from core.sections.web import WebSettings
from dispatch.workflow import Role
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http.sockets.socket_quota import SOCKETS_AN_ACCOUNT

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEEP = b"[" * 100_000
BODIES: list[tuple[dict[str, str], bytes]] = [
    (JSON, DEEP),
    (JSON, b'{"name":' * 50_000),
    (JSON, b'{"name":"x","password":' + b"[" * 900 + b"]" * 900 + b"}"),
    (JSON, b'{"name":"a\\u0000b","password":"x"}'),
    (JSON, b'{"name":"\\ud800","password":"x"}'),
    (JSON, b'{"name":"\xff\xfe","password":"x"}'),
    (JSON, b'{"name":"x","password":' + b"1" * 5000 + b"}"),
    (JSON, b'{"name":NaN,"password":1e999}'),
    (JSON, b"null"),
    ({"Content-Type": "application/json; charset=foo"}, b'{"name":"x","password":"x"}'),
    ({"Content-Type": "application/json; charset=utf-16"}, '{"name":"x","password":"x"}'.encode("utf-16")),
    ({"Content-Type": "application/json; charset=\xe9"}, b"{}"),
    ({"Content-Type": "text/plain"}, b"{}"),
    (FORM, b"name=%00&password=x"),
    (FORM, b"password=x"),
    (FORM, b"name=" + b"x" * 200 + b"&password=x"),
    (FORM, b"name=x&password=" + b"x" * 2000),
    (FORM, b"name=x&password=x&another=x"),
    (FORM, b"name=\xff\xfe&password=x"),
    (FORM, b"name=%ED%A0%80&password=x"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=foo"}, b"name=x&password=x"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=idna"}, b"name=x.x&password=x"),
    (
        {"Content-Type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="name"; filename="x"\r\n\r\nx\r\n'
        b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--b--\r\n',
    ),
    ({"Content-Type": "multipart/form-data"}, b"x"),
    ({"Content-Type": "multipart/form-data; boundary="}, b"x"),
    ({"Content-Type": "multipart/form-data; boundary=" + "b" * 200}, b"x"),
    ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n"),
    ({"Content-Type": "multipart/form-data; boundary=b"}, b"no boundary at all"),
    (
        {"Content-Type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: foo\r\n\r\nx\r\n--b--\r\n',
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset=foo\r\n\r\nx\r\n--b',
    ),
    ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n\r\nx\r\n--b--\r\n"),
    ({"Content-Type": "multipart/mixed; boundary=b"}, b"--b\r\n\r\nx\r\n--b--\r\n"),
]


async def told(answer: ClientResponse) -> None:
    """It is the sender's mistake, and said in our own way."""
    body = await answer.text()
    assert 400 <= answer.status < 500, (answer.status, body[:200])
    assert "Traceback" not in body
    if answer.headers["Content-Type"].startswith("application/problem+json"):
        assert json.loads(body)["status"] == answer.status
    else:
        assert "<!doctype html" in body.lower()
    assert "Server" not in answer.headers


@pytest.mark.parametrize(("headers", "body"), BODIES, ids=range(len(BODIES)))
async def test_a_strangers_body_that_cannot_be_read_is_refused(
    web_rig: WebRig, headers: dict[str, str], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/api/session", "/sign-in", "/follow-up/x", "/office-link/x/steps/accept"):
        await told(await web_rig.ask(None, "POST", path, data=body, headers=headers))
    assert not caplog.records, caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/orders/%00", "/api/orders/%00", "/api/calls/%00", "/calls/%00", "/api/orders/%ff", "/api/orders/%ED%A0%80",
        "/orders?q=%00", "/api/orders?q=%00", "/api/calls?order=%00", "/orders?x%00=1", "/api/transcripts/search?q=%00",
        "/api/recordings/" + "9" * 5000 + "/audio", "/api/attachments/" + "1" * 5000 + "/file",
        "/api/recordings/" + "0" * 4000 + "9/audio", "/api/recordings/99999999999999999999/audio",
        "/api/refusals?before=" + "9" * 5000, "/api/disclosures?before=-1", "/api/knowledge/articles/%00",
        "/static/%00",
        "/api/accounts/%00", "/" + "a" * 7000,
    ],
)  # fmt: skip
async def test_an_address_that_names_nothing_is_refused(web_rig: WebRig, path: str) -> None:
    for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AGENT, None):
        answer = await web_rig.client.request(
            "GET", URL(web_rig.url + path, encoded=True), headers=await bearer(web_rig, role), allow_redirects=False
        )
        if role is not None and path != "/orders?x%00=1":
            assert 400 <= answer.status < 500, (path, role)
        assert answer.status < 500, (path, role)


async def test_text_that_cannot_be_stored_is_refused_in_every_message(web_rig: WebRig) -> None:
    number = web_rig.sample.lamp
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    for field in ("matter", "title", "place_text", "citizen_name", "subject"):
        for text in ("a\x00b", "\ud800", "\udfff路灯"):
            body = json.dumps({"version": order["version"], field: text})
            answer = await web_rig.ask(Role.COORDINATOR, "PATCH", f"/api/orders/{number}", data=body, headers=JSON)
            assert answer.status == 422, (field, text)


async def test_an_agents_program_with_odd_headers_signs_in_all_the_same(web_rig: WebRig) -> None:
    wrong = {"User-Agent": "caf\xe9\x85 \u2028", "Referer": "http://[", "Accept-Language": "\xff"}
    answer = await raw(web_rig, "POST /api/session HTTP/1.1", wrong, b'{"name":"nobody","password":"nothing at all"}')
    assert answer.startswith(b"HTTP/1.1 422")
    odd_cookie = wrong | {"Cookie": "hotline_session=\xe9; hotline_browser=\xe9~x"}
    answer = await raw(web_rig, "GET /nowhere HTTP/1.1", odd_cookie)
    assert answer.startswith(b"HTTP/1.1 404")
    for came_from in ("http://[", "http://[::1", "//[", "http://x:99999999/", "http://x\u3002:y/"):
        ours = {"Origin": web_rig.url, "Referer": came_from}
        answer = await web_rig.ask(None, "POST", "/orders/QF1/steps/reply", data={"note": "x"}, headers=ours)
        assert (answer.status, answer.headers["Location"][:15]) == (303, "/sign-in?next=/")


UNREADABLE = [
    "[" * 4000,
    '{"type":' * 500,
    "1" * 4000,
    '{"type":"speech","call":"\\u0000"}',
    '{"type":"speech","call":"\\ud800"}',
    "",
    "\x00",
    "null",
]


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize(("path", "role"), [("/ws/inbox", Role.OFFICE), ("/ws/live", Role.SUPERVISOR)])
async def test_a_message_that_cannot_be_read_is_answered_and_ends_nothing(
    web_rig: WebRig, path: str, role: Role, text: str
) -> None:
    headers = await bearer(web_rig, role)
    async with web_rig.client.ws_connect(web_rig.url + path, headers=headers) as socket:
        for _ in range(2):
            await socket.send_str(text)
            while (answer := await asyncio.wait_for(socket.receive_json(), 60))["type"] != "error":
                pass
            assert answer["slug"] in ("bad_input", "not_found")


async def test_an_account_holds_so_many_sockets_and_no_more(web_rig: WebRig) -> None:
    headers = await bearer(web_rig, Role.LEADER)
    async with asyncio.TaskGroup() as group:
        opened = [group.create_task(hold(web_rig, headers)) for _ in range(SOCKETS_AN_ACCOUNT)]
    refused = await web_rig.ask(
        Role.LEADER, "GET", "/ws/live", headers={"Connection": "Upgrade", "Upgrade": "websocket"}
    )
    assert refused.status == 429
    for task in opened:
        await task.result().close()


async def test_https_is_asked_for_only_where_we_are_reached_by_it(web_rig: WebRig) -> None:
    assert "Strict-Transport-Security" not in (await web_rig.ask(None, "GET", "/sign-in")).headers
    settings = web_rig.context.settings.model_copy(update={"web": WebSettings(public_url="https://line.example")})
    async with TestServer(make_app(replace(web_rig.context, settings=settings))) as server:
        answer = await web_rig.client.get(server.make_url("/sign-in"))
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_strangers_learn_nothing_of_the_house(web_rig: WebRig) -> None:
    assert (await web_rig.ask(None, "GET", "/api/openapi.json")).status == 401
    through_proxy = {"X-Forwarded-For": "203.0.113.9"}
    ready = await web_rig.ask(None, "GET", "/readyz", headers=through_proxy)
    assert (await ready.json())["lines"] == {}
    rebound = {"Host": "evil.example"}
    assert (await web_rig.ask(None, "GET", "/metrics")).status == 200
    for headers in (through_proxy, rebound):
        assert (await web_rig.ask(None, "GET", "/metrics", headers=headers)).status == 403


async def bearer(web_rig: WebRig, role: Role | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {await web_rig.token(role)}"} if role else {}


async def hold(web_rig: WebRig, headers: dict[str, str]) -> Any:
    return await web_rig.client.ws_connect(web_rig.url + "/ws/live", headers=headers)


async def raw(web_rig: WebRig, line: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Past the client library, which would not send it."""
    address = URL(web_rig.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    more = {"Host": address.authority, "Content-Type": "application/json", "Connection": "close"}
    more["Content-Length"] = str(len(body))
    head = "\r\n".join([line, *(f"{name}: {value}" for name, value in (more | headers).items()), "", ""])
    writer.write(head.encode("latin-1", "replace") + body)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return answer
