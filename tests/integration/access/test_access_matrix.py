"""The access matrix: every route × each role that it is open to × an object of one's own, a foreign, a confidential, a
missing. That it is closed to all others: test_web_roles.py.

Roles come from the routes' own declarations; what objects there are, and what is sent, from the tables here. A new
route whose address names a thing must find it in `OBJECTS`, and its message in `MESSAGES`, else a test fails.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from access.accounts.models import Account
from access.accounts.sessions import Where, lasts_of, open_session
from core import clock
from core.database import transaction
from dispatch.orders.models import Order, OrderCall
from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig
from web.app import ROUTES
from web.http.routes import SAFE_METHODS, Route

OPEN_LINKS = ("token",)
"""The holder of the link is let in: tests/integration/dispatch/test_office_links.py and test_follow_up.py."""
OBJECTS: dict[str, tuple[str, ...]] = {
    # The beginning of the address: what its first parameter names.
    "order": ("/orders/{number}", "/api/orders/{number}", "/follow-ups/{number}"),
    "call": ("/calls/{linkedid}", "/api/calls/{linkedid}", "/desk/calls/{linkedid}"),
    "recording": ("/api/recordings/{id}",),
    # The whole hall's, or one's own: nothing of them is an office's, so only the missing one is asked for.
    "thing": (
        "/admin/accounts/{name}", "/admin/city/{file}", "/admin/former/{id}",
        "/api/accounts/{name}", "/api/agents/{extension}", "/api/approvals/{id}", "/approvals/{id}",
        "/api/attachments/{id}", "/api/blocks/{id}", "/blocks/{id}", "/api/callbacks/{id}", "/callbacks/{id}",
        "/api/contacts/{id}", "/contacts/{id}", "/api/commands/{id}", "/api/knowledge/{id}", "/knowledge/{id}",
        "/api/me/sessions/{id}", "/api/notifications/{id}", "/notifications/{id}", "/orders/filters/{id}",
        "/api/practice/{id}", "/practice/{id}", "/api/assignments/{id}", "/assignments/{id}",
        "/api/supervision/spot-checks/{id}", "/supervision/spot-checks/{id}", "/api/unit-alarms/{id}",
        "/unit-alarms/{id}", "/password/sessions/{id}", "/api/units/{code}", "/units/{code}", "/inboxes/{kind}/{code}",
    ),
}  # fmt: skip
MISSING = {
    "number": "20200101-0001",
    "linkedid": "qufu-9.9",
    "id": "987654321",
    "name": "nobody-here",
    "file": "nothing.toml",
    "code": "nowhere",
    "extension": "1099",
    "step": "accept",
}
MESSAGES: dict[str, dict[str, Any]] = {
    "AgentRequest": {"state": "offline"},
    "AnswerByArticle": {"article": 1, "version": 1},
    "ApprovalRequest": {"reason": "来电人本人要求公开处理结果"},
    "CallFor": {"to": "office", "reason": "向承办单位核实办理进度"},
    "ChangeAccount": {"display_name": "新名"},
    "DecideProposal": {},
    "DecisionRequest": {},
    "Dispose": {"disposition": "wrong_number"},
    "Emergency": {"to": "110"},
    "SpotCheckFinding": {"finding": "抽查无问题"},
    "AboutOrder": {"number": "20200101-0001"},
    "Supplement": {"number": "20200101-0001", "addition": "示例"},
    "Join": {"into": "20200101-0001"},
    "LinkRequest": {"office": "street-lighting"},
    "DisclosureRequest": {"reason": "回电核实现场的准确位置"},
    "ProposeBlock": {"reason": "多次骚扰来电"},
    "ReportArticle": {"version": 1, "note": "内容已过期"},
    "ReplyTexts": {"done": "已更换灯头", "public_answer": "已修好"},
    "ResetPassword": {"password": "erstes Wort 41 Kran"},
    "SettleOpenRequest": {"id": 1},
    "SettleRequest": {"note": "已回电"},
    "Spy": {"mode": "listen"},
    "TakeStep": {"version": 1},
    "ToWhom": {"to": "1002"},
    "UnsentForm": {"fields": {"done": ["已更换灯头"]}},
    "WriteNote": {"text": "请核对现场位置"},
    "WriteArticle": {
        "title": "停水", "body": "请拨打供水公司。", "source": "供水公司", "valid_from": "2026-01-01",
        "review_on": "2027-01-01",
    },
}  # fmt: skip
QUERIES = {"attach": "?kind=photo&name=x.jpg", "live_sound": "?start=0&end=1"}

WITHHELD = {"live_sound": {Role.LEADER, Role.ADMINISTRATOR}}
"""Roles that may ask whether it is there, and do not get it."""
EMPTY_LISTS = frozenset({"list_call_commands", "other_inbox"})
"""For the whole hall, and empty where there is no such thing."""
NOTHING_TO_DO = frozenset({"submit_end_my_session", "submit_forget"})
"""Removing what is not there succeeds."""


@dataclass(frozen=True)
class Person:
    who: str
    role: Role | None
    token: str = ""
    foreign: bool = False
    """Of an office or crew that has nothing to do with the sample's orders."""


@pytest.fixture(scope="module")
async def people(web_rig: WebRig) -> list[Person]:
    """Nobody, each role, and an office and a crew that are strangers to the orders. Their sessions are stored, not
    signed in for: only what they may is looked at."""
    rig, at, made = web_rig.context, clock.now(), [Person("nobody", None)]
    strangers = (("other-office", Role.OFFICE, "housing", None), ("other-crew", Role.UNIT, None, "unit-09"))
    async with transaction(rig.sessions) as session:
        names = [account["name"] for account in ACCOUNTS.values()]
        rows = list((await session.scalars(select(Account).where(Account.name.in_(names)))).all())
        for name, role, office, unit in strangers:
            rows.append(
                Account(name=name, display_name=name, password_hash="none", role=role, office_code=office,
                        unit_code=unit, created_at=at)
            )  # fmt: skip
            session.add(rows[-1])
        await session.flush()
        for row in rows:
            _, token = await open_session(session, row, Where("", ""), at=at, lasts=lasts_of(rig.settings.web))
            made.append(Person(row.name, row.role, token, foreign=row.name.startswith("other-")))
    return made


def object_of(route: Route) -> str | None:
    plain = re.sub(r"{(\w+)(?::[^}]*)?}", r"{\1}", route.path)
    heads = ((kind, head) for kind, known in OBJECTS.items() for head in known)
    return next((kind for kind, head in heads if f"{plain}/".startswith((f"{head}/", f"{head}."))), None)


def address(route: Route, **named: str) -> str:
    def fill(part: re.Match[str]) -> str:
        pattern = part[2] or ""
        return pattern.split("|")[0] if "|" in pattern else (MISSING | named)[part[1]]

    return re.sub(r"{(\w+)(?::([^}]*))?}", fill, route.path) + QUERIES.get(route.name, "")


def by_link(route: Route) -> bool:
    return any(f"{{{name}" in route.path for name in OPEN_LINKS)


def let_in(route: Route, people: list[Person]) -> list[Person]:
    return [person for person in people if person.role in (route.roles or ())]


NAMING = [route for route in ROUTES if "{" in route.path and not by_link(route)]
READING = [route for route in NAMING if route.method in SAFE_METHODS]
CHANGING = [route for route in NAMING if route.method not in SAFE_METHODS]


async def status(web_rig: WebRig, person: Person, route: Route, at: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {person.token}"} if person.token else {}
    more: dict[str, Any] = {"json": MESSAGES[route.body.__name__]} if route.body else {}
    answer = await web_rig.ask(None, route.method, at, headers=headers, **more)
    return answer.status, answer.headers.get("Location", "")


def wrong(route: Route, person: Person, got: tuple[int, str], kind: str) -> str:
    """What is other than it must be; empty: nothing. `kind`: own, foreign or missing."""
    code, leads_to = got
    if kind == "own":
        withheld = code == 403 and person.role in WITHHELD.get(route.name, ())
        fits = code < 400 or code in (404, 409, 422) or withheld
    elif route.method in SAFE_METHODS:
        fits = code in (403, 404) or (code == 200 and kind == "missing" and route.name in EMPTY_LISTS)
    else:
        # Refused, whatever comes first: that there is no such thing, or that it may not be done.
        fits = 400 <= code < 500 or route.name in NOTHING_TO_DO
    return "" if fits else f"{person.who}: {route.method} {route.path} ({kind}) → {code} {leads_to}"


def test_what_each_address_names_and_what_is_sent_there_stands_in_the_tables() -> None:
    assert [route.path for route in NAMING if object_of(route) is None] == []
    assert {route.body.__name__ for route in CHANGING if route.body} - set(MESSAGES) == set()


async def test_nobody_reads_a_foreign_object_or_learns_of_it_more_than_of_a_missing_one(
    web_rig: WebRig, people: list[Person]
) -> None:
    sample, found = web_rig.sample, list[str]()
    known = {
        "order": {"number": sample.lamp},
        "call": {"linkedid": sample.linkedid},
        "recording": {"id": str(sample.recording_id)},
    }
    for route in READING:
        own = known.get(object_of(route) or "")
        for person in let_in(route, people):
            found.append(wrong(route, person, await status(web_rig, person, route, address(route)), "missing"))
            if own:
                kind = "foreign" if person.foreign else "own"
                found.append(wrong(route, person, await status(web_rig, person, route, address(route, **own)), kind))
    assert not any(found), "\n".join(filter(None, found))


async def test_nobody_changes_a_foreign_object_or_a_missing_one(web_rig: WebRig, people: list[Person]) -> None:
    sample, found = web_rig.sample, list[str]()
    known = {"order": {"number": sample.lamp}, "call": {"linkedid": sample.linkedid}}
    before = await web_rig.get(Role.COORDINATOR, f"/api/orders/{sample.lamp}")
    for route in CHANGING:
        own = known.get(object_of(route) or "")
        for person in let_in(route, people):
            found.append(wrong(route, person, await status(web_rig, person, route, address(route)), "missing"))
            if own and person.foreign:
                theirs = address(route, **own)
                found.append(wrong(route, person, await status(web_rig, person, route, theirs), "foreign"))
    assert not any(found), "\n".join(filter(None, found))
    assert await web_rig.get(Role.COORDINATOR, f"/api/orders/{sample.lamp}") == before


async def test_no_page_and_no_answer_names_the_confidential_citizen(web_rig: WebRig, people: list[Person]) -> None:
    """All that can be read, with the confidential order and its call in the address, and all lists."""
    async with web_rig.context.sessions() as session:
        secret = (await session.scalars(select(Order).where(Order.number == web_rig.sample.secret))).one()
        calls = select(OrderCall.linkedid).where(OrderCall.order_id == secret.id)
        linkedid = (await session.scalars(calls)).one()
    found = []
    for route in ROUTES:
        if route.method != "GET" or route.socket or by_link(route):
            continue
        path = address(route, number=secret.number, linkedid=linkedid)
        for person in people:
            if route.roles is not None and person.role not in route.roles:
                continue
            headers = {"Authorization": f"Bearer {person.token}"} if person.token else {}
            body = await (await web_rig.ask(None, "GET", path, headers=headers)).read()
            if secret.citizen_name.encode() in body or secret.citizen_phone.encode() in body:
                found.append(f"{person.who}: {path}")
    assert found == []
