"""Orders by their citizen's whole name: for a stated reason, which is recorded and counted as a look at a citizen is.

Whether anything is found or not: that nobody of this name has called is an answer, too. Orders of a confidential
reporter's family are found by nobody.
"""

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.sessions import Me
from access.visibility.asked_numbers import KNOWS_PHONES
from access.visibility.disclosures import disclose
from core import clock
from core.errors import BadInput
from core.numbers.phone import number_keys
from core.privacy.redaction import Citizen, make_redactor
from core.texts.lines import ONE_LINE
from dispatch.orders.listing import orders_of_name
from web.disclosures.views import DisclosureRequest
from web.disclosures.watched import watched
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, rejection_of
from web.http.routes import Route, body_of, context_of, me_of, read
from web.http.schemas import Message
from web.http.sockets.listeners import listener_of
from web.orders.presenter import order_summary
from web.orders.schemas import OrderSummary

SHOWN = 50
_SHORTEST, _LONGEST = 2, 40


class NameSearch(DisclosureRequest):
    name: Annotated[str, Field(max_length=200), ONE_LINE]
    """The whole name, as it stands in the order."""


class NameSearchAnswer(Message):
    orders: list[OrderSummary]
    """Newest first."""
    more: bool
    """There are more than these."""


async def api_name_search(request: web.Request) -> NameSearchAnswer:
    return await _search(request, me_of(request), body_of(request, NameSearch))


async def show_name_search(request: web.Request) -> web.StreamResponse:
    return page(
        request,
        "disclosures/name_search.html",
        {"typed": {"name": "", "reason": ""}, "found": None, "wrong": NOTHING_WRONG},
    )


async def submit_name_search(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    typed = {name: str(sent.get(name, "")).strip() for name in ("name", "reason")}
    try:
        found = await _search(request, me_of(request), read(NameSearch, typed))
    except REJECTED as error:
        wrong = rejection_of(error)
        context = {"typed": typed, "found": None, "wrong": wrong}
        return page(request, "disclosures/name_search.html", context, status=wrong.status)
    return page(request, "disclosures/name_search.html", {"typed": typed, "found": found, "wrong": NOTHING_WRONG})


async def _search(request: web.Request, me: Me, wanted: NameSearch) -> NameSearchAnswer:
    name, at = wanted.name.strip(), clock.now()
    if not _SHORTEST <= len(name) <= _LONGEST or any(sign.isdecimal() for sign in name):
        raise BadInput(fields={"name": "请写完整的姓名，与登记的一字不差；按号码请在工单列表查找。"})
    # Whoever reads the log may never know a reporter, whom this text may name, and no order says whom to cover in it.
    named = Citizen(frozenset([name]), frozenset(number_keys(wanted.reason)), wholly=True)
    reason = make_redactor([named]).text(wanted.reason)
    write_down = partial(
        disclose, me=me, who=listener_of(request), confidential=False, reason=reason, place=request.path,
        by_name=True, at=at,
    )  # fmt: skip
    async with watched(request) as session:
        await write_down(session, order=None, minutes=context_of(request).settings.web.identity_minutes)
        orders = await orders_of_name(session, name, limit=SHOWN + 1)
        for order in orders[:SHOWN]:
            # That this is its citizen's name is disclosed, for this moment: the number stays masked.
            await write_down(session, order=order, minutes=0)
        return NameSearchAnswer(orders=[order_summary(order) for order in orders[:SHOWN]], more=len(orders) > SHOWN)


ROUTES = [
    Route("GET", "/name-search", "name_search", show_name_search, KNOWS_PHONES),
    Route("POST", "/name-search", "submit_name_search", submit_name_search, KNOWS_PHONES),
    Route(
        "POST", "/api/name-search", "search_by_name", api_name_search, KNOWS_PHONES,
        says="说明理由，按诉求人的完整姓名查找工单（留痕）", body=NameSearch, answer=NameSearchAnswer,
    ),
]  # fmt: skip
