"""拆单 of several matters at once: one form, a part for each matter, one transaction. Each part is taken as a step of
its own, so that each order has its history; one part that is refused refuses all, and nothing typed is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from multidict import MultiDict, MultiMapping
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from core.errors import BadInput
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.fields import parse_fields
from dispatch.steps.permission import obstacle
from dispatch.workflow import TRANSITIONS, Step
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, Rejection, rejection_of
from web.http.routes import Route, context_of, me_of, query_of
from web.orders.lists.kept_list import parse_list
from web.orders.presenter import open_step, order_answer
from web.orders.relations.merging import KeptQuery
from web.orders.steps.step_forms import FormField, form_field, read_fields, shown_names
from web.orders.steps.submit import Form, take_on

MOST_PARTS = 6
OPEN_PARTS = 2
"""The others open when they are wanted."""
_SPLITTING = frozenset(
    role for steps in TRANSITIONS.values() for step, way in steps.items() if step is Step.SPLIT for role in way.roles
)
_COMMON = ("reason",)


@dataclass(frozen=True)
class PartFields:
    """One of the matters, as the form shows it."""

    place: int
    """From 1."""
    fields: tuple[FormField, ...]
    opened: bool

    @property
    def wrong(self) -> bool:
        return any(one.error for one in self.fields)


class PartsRefused(BadInput):
    """有几件没有填好，一件也没有拆出；请改好后再提交，写了的都还在。"""

    slug = "parts_refused"

    def __init__(self, wrong: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__(
            fields={_named(name, place): words for place, of in wrong.items() for name, words in of.items()}
        )


async def show_split(request: web.Request) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        return await _page(request, session, query_of(request, KeptQuery).kept)


async def submit_split(request: web.Request) -> web.StreamResponse:
    number, sent = request.match_info["number"], await request.post()
    me, policy, in_list = me_of(request), context_of(request).policy, str(sent.get("in", ""))
    try:
        async with transaction(context_of(request).sessions) as session:
            order = await get_visible_order(session, me, number)
            await split_off(session, policy, me, order, sent)
    except REJECTED as error:
        async with context_of(request).sessions() as session:
            return await _page(request, session, in_list, sent, rejection_of(error))
    kept = parse_list(in_list)
    raise web.HTTPSeeOther(kept.order(number) if kept else f"/orders/{number}")


async def split_off(session: AsyncSession, policy: Policy, me: Me, order: Order, sent: MultiMapping[object]) -> None:
    """An order for each part that was filled in. Raises PartsRefused, what `take_on` raises, and BadInput for none."""
    names = _names(policy, me, order)
    parts = {place: part for place in range(1, MOST_PARTS + 1) if any((part := _part_of(sent, names, place)).values())}
    if not parts:
        raise BadInput("请至少填写要拆出的一件。")
    _check_all(policy, me, order, names, parts)
    seen = {"version": sent.get("version", ""), "read": sent.get("read", "")}
    for place, part in parts.items():
        try:
            await take_on(session, policy, me, order, Step.SPLIT, Form(MultiDict({**part, **seen})))
        except BadInput as error:
            if not error.fields:
                raise
            raise PartsRefused({place: error.fields}) from error
        # The next part is taken on the order as this one left it.
        seen = {"version": str(order.version), "read": str(order.step_count)}


def _check_all(
    policy: Policy, me: Me, order: Order, names: list[str], parts: Mapping[int, MultiMapping[object]]
) -> None:
    """What is wrong with any part is shown for all at once."""
    wrong: dict[int, Mapping[str, str]] = {}
    if obstacle(order, Step.SPLIT, actor_of(me), policy, clock.now()) is not None:
        return  # Said by the step itself.
    for place, part in parts.items():
        try:
            parse_fields(policy.city, order.state, Step.SPLIT, me.role, read_fields(Step.SPLIT, names, part))
        except BadInput as error:
            wrong[place] = error.fields
    if wrong:
        raise PartsRefused(wrong)


def _names(policy: Policy, me: Me, order: Order) -> list[str]:
    """The fields of a part, the common reason among them."""
    if obstacle(order, Step.SPLIT, actor_of(me), policy, clock.now()) is not None:
        return []
    return shown_names(open_step(me, order, Step.SPLIT), covered=(), confidential=order.confidential)


def _part_of(sent: MultiMapping[object], names: list[str], place: int) -> MultiDict[object]:
    """What was typed for one part; with the common fields only where there is something of its own."""
    own = MultiDict(
        (name, value)
        for name in names
        if name not in _COMMON
        for value in sent.getall(_named(name, place), [])
        if str(value).strip()
    )
    return MultiDict([*own.items(), *((name, sent.get(name, "")) for name in _COMMON)]) if own else own


def _named(name: str, place: int) -> str:
    """In the form and in what is wrong with it."""
    return name if name in _COMMON else f"{name}-{place}"


async def _page(
    request: web.Request,
    session: AsyncSession,
    in_list: str,
    sent: MultiMapping[object] | None = None,
    why: Rejection = NOTHING_WRONG,
) -> web.StreamResponse:
    me, policy, at = me_of(request), context_of(request).policy, clock.now()
    order = await get_visible_order(session, me, request.match_info["number"])
    forbids = obstacle(order, Step.SPLIT, actor_of(me), policy, at)
    names, typed = _names(policy, me, order), sent if sent is not None else MultiDict[object]()
    required = {*TRANSITIONS[order.state][Step.SPLIT].asks} if names else set()
    matters = []
    for place in range(1, MOST_PARTS + 1) if names else ():
        part = read_fields(Step.SPLIT, names, _part_of(typed, names, place))
        fields = tuple(
            replace(
                form_field(name, name in required, part.get(name, ""), policy.city),
                name=_named(name, place),
                error=why.fields.get(_named(name, place), ""),
            )
            for name in names
            if name not in _COMMON
        )
        matters.append(PartFields(place, fields, opened=place <= OPEN_PARTS or bool(part)))
    common = tuple(
        replace(form_field(name, True, str(typed.get(name, "")), policy.city), error=why.fields.get(name, ""))
        for name in _COMMON
    )
    context = {
        "order": await order_answer(session, policy, me, order, at=at),
        "closed": forbids.sentence if forbids else "",
        "kept": parse_list(in_list),
        "matters": matters,
        "common": common,
        "rejected": why,
    }
    return page(request, "orders/order_split.html", context, status=why.status)


ROUTES = [
    Route("GET", "/orders/{number}/split", "order_split", show_split, _SPLITTING, query=KeptQuery),
    Route("POST", "/orders/{number}/split", "submit_split", submit_split, _SPLITTING),
]
