"""What was written in a step's form and not sent: kept on the server meanwhile, and put back into the form."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from aiohttp import web
from multidict import MultiDict
from pydantic import Field

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict
from core.instants import Instant
from core.texts.lines import MANY_LINES
from dispatch.orders.labels import FIELDS
from dispatch.orders.unsent_texts import UnsentText, drop_text, keep_text
from dispatch.workflow import Step
from web.http.context import AppContext
from web.http.routes import Route, body_of, context_of, me_of
from web.http.schemas import Done, Message
from web.orders.steps.step_forms import StepForm, read_fields
from web.orders.steps.submit import step_in, writer_of

_Text = Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$"), MANY_LINES]
_LONGEST = 60_000
"""Characters of a whole form."""


class WrittenElsewhere(Conflict):
    """这张表您在别处也写了，那里写的还在；这里写的留在这台设备上，照常可以提交。"""


class UnsentForm(Message):
    fields: Annotated[dict[str, Annotated[list[_Text], Field(max_length=200)]], Field(max_length=60)]
    """Field → what stands in it, as the form would send it."""
    seen: Instant | None = None
    """`written_at` of what this page knows to be kept; null: nothing."""


class UnsentFormAnswer(Message):
    written_at: dt.datetime


async def keep_unsent(app_context: AppContext, me: Me, order_id: int, step: Step, form: UnsentForm) -> UnsentFormAnswer:
    """Raises BadInput for what no form of ours sends, and WrittenElsewhere."""
    if set(form.fields) - set(FIELDS) or sum(len(text) for given in form.fields.values() for text in given) > _LONGEST:
        raise BadInput("写的内容太长，没有存到服务器；还留在这台设备上。")
    at = clock.now()
    async with transaction(app_context.sessions) as session:
        if not await keep_text(session, order_id, step, writer_of(me), form.fields, seen=form.seen, at=at):
            raise WrittenElsewhere
    return UnsentFormAnswer(written_at=at)


def with_unsent(
    forms: Sequence[StepForm], kept: Mapping[Step, UnsentText], sent_just_now: Step | None = None
) -> list[StepForm]:
    """The forms with what was written in them and not sent. `sent_just_now`: of this one the sender's request says what
    stands in it."""
    return [
        _filled(form, kept[form.step], form.step is sent_just_now) if form.step in kept and form.fields else form
        for form in forms
    ]


def _filled(form: StepForm, kept: UnsentText, sent_just_now: bool) -> StepForm:
    if sent_just_now:
        return replace(form, written_at=kept.written_at)
    sent = MultiDict((name, text) for name, given in kept.fields.items() for text in given)
    typed = read_fields(form.step, (shown.name for shown in form.fields), sent)
    fields = tuple(
        replace(one, value=typed.get(one.name, "")) if one.name in kept.fields else one for one in form.fields
    )
    return replace(form, fields=fields, written_at=kept.written_at)


async def api_keep(request: web.Request) -> UnsentFormAnswer:
    me = me_of(request)
    async with context_of(request).sessions() as session:
        order_id = (await get_visible_order(session, me, request.match_info["number"])).id
    return await keep_unsent(context_of(request), me, order_id, step_in(request), body_of(request, UnsentForm))


async def api_drop(request: web.Request) -> Done:
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await drop_text(session, order.id, step_in(request), writer_of(me))
    return Done()


_AT = "/api/orders/{number}/unsent/{step}"
ROUTES = [
    Route(
        "PUT", _AT, "keep_unsent", api_keep, EVERYBODY,
        says="把写了还没提交的表单存到服务器（只有本人看得到）", body=UnsentForm, answer=UnsentFormAnswer,
    ),
    Route("DELETE", _AT, "drop_unsent", api_drop, EVERYBODY, says="不要写了还没提交的内容", answer=Done),
]  # fmt: skip
