"""An office's page behind a signed link: one order, without signing in; and the order's page for who sends links."""

from collections.abc import Sequence

import segno
import structlog
from aiohttp import web
from markupsafe import Markup

from access.accounts.log_models import Reason
from access.accounts.throttle import LINK
from access.visibility.orders import get_visible_order
from access.visibility.rules import redactor_of_order, sees_order
from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, Conflict, HotlineError, NotAllowed, NotFound, TooManyTries
from core.links import ForgedLink, link_key, read_link, sign_link
from dispatch.attachments.store import get_attachment
from dispatch.notifications.office_link_models import LinkAction
from dispatch.notifications.office_links import LINK_PATH, make_link_by_hand, revoke_link, use_link
from dispatch.orders.unsent_texts import drop_text, texts_of
from dispatch.steps.internal_notes import LONGEST
from dispatch.steps.notify import send_office_link
from dispatch.steps.permission import why_not
from dispatch.steps.specs import LINK_STEPS
from dispatch.steps.take import get_order
from dispatch.workflow import Role, Step
from recordings.archive.listening_log import mask_address
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, Rejection, rejection_of
from web.http.context import THROTTLE
from web.http.requests.addresses import address_of, network_of
from web.http.requests.refusals import note_refusal
from web.http.routes import Route, body_of, context_of, id_in, me_of, read
from web.http.schemas import Done
from web.labels import lasted
from web.office.links import (
    LinkRequest,
    Opened,
    SentLinksAnswer,
    offices_on,
    opened,
    order_behind,
    sent_links,
    story_behind,
)
from web.orders.attachments.views import AttachmentAnswer, AttachQuery, send_file, take_file
from web.orders.cards import dues, kind_name, place_words
from web.orders.internal_notes import WriteNote, add_note, load_notes
from web.orders.schemas import OrderAnswer
from web.orders.steps.open_requests import open_requests
from web.orders.steps.rejected_forms import RejectedForm, show_forms, written
from web.orders.steps.reply_hints import ReplyHintsAnswer, ReplyTexts, hints_for
from web.orders.steps.step_forms import step_forms
from web.orders.steps.submit import Form, step_in, take_on, writer_of
from web.orders.steps.unsent import UnsentForm, UnsentFormAnswer, keep_unsent, with_unsent

log = structlog.get_logger()

READS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
SENDS = frozenset({Role.COORDINATOR})
_NOT_BY_LINK = "这一步不能通过链接办理。"
_OVER = (NotAllowed, Conflict, NotFound, TooManyTries)


async def show_link(request: web.Request) -> web.StreamResponse:
    """Looking acknowledges nothing: telephones open links by themselves to show what is behind."""
    try:
        one = await _open(request, LinkAction.OPENED)
    except _OVER as error:
        return _over(request, error)
    return await _page(request, one)


async def submit_link_step(request: web.Request) -> web.StreamResponse:
    """As web.orders.views.submit_step, by the office that holds the link."""
    step, sent = step_in(request), await request.post()
    try:
        one = await _open(request, LinkAction.SENT_STEP)
    except _OVER as error:
        return _over(request, error, unsent=written(sent, context_of(request).city))
    if one.held_up:
        waits = f"这一步没有提交，您写的还在下面。{one.held_up}急事请拨打{_line(request)}找{city_words().coordinator}。"
        return await _page(request, one, rejected=RejectedForm(step, sent, Rejection(429, waits)))
    try:
        await _take(request, one, step, Form(sent))
    except REJECTED as error:
        return await _page(request, one, rejected=RejectedForm(step, sent, rejection_of(error)))
    except NotFound as error:
        # Moved to another office since the link was looked at.
        return _over(request, error, unsent=written(sent, context_of(request).city))
    raise web.HTTPSeeOther(one.path)


async def submit_link_note(request: web.Request) -> web.StreamResponse:
    """To city hall, by the office that holds the link."""
    text = str((await request.post()).get("text", ""))
    try:
        one = await _open(request, LinkAction.SENT_STEP)
    except _OVER as error:
        return _over(request, error, unsent=[("内部留言", text)] if text else [])
    if one.held_up:
        return await _page(request, one, note=(text, Rejection(429, one.held_up)))
    try:
        async with transaction(context_of(request).sessions) as session:
            order = await get_order(session, one.order_id)
            if not sees_order(one.me, order):
                raise NotFound("没有这张工单，或者它没有派给您。")
            await add_note(session, context_of(request).policy, order, one.actor, read(WriteNote, {"text": text}))
    except REJECTED as error:
        return await _page(request, one, note=(text, rejection_of(error)))
    except NotFound as error:
        return _over(request, error, unsent=[("内部留言", text)])
    raise web.HTTPSeeOther(one.path)


async def api_attach(request: web.Request) -> AttachmentAnswer:
    one = await _open(request, LinkAction.SENT_FILE)
    if one.held_up:
        raise BadInput(one.held_up)
    return await take_file(request, one.order_id, one.actor)


async def api_keep_unsent(request: web.Request) -> UnsentFormAnswer:
    one = await _open(request, LinkAction.OPENED)
    if step_in(request) not in LINK_STEPS:
        raise Conflict(_NOT_BY_LINK)
    return await keep_unsent(context_of(request), one.me, one.order_id, step_in(request), body_of(request, UnsentForm))


async def api_drop_unsent(request: web.Request) -> Done:
    one = await _open(request, LinkAction.OPENED)
    async with transaction(context_of(request).sessions) as session:
        await drop_text(session, one.order_id, step_in(request), writer_of(one.me))
    return Done()


async def api_hints(request: web.Request) -> ReplyHintsAnswer:
    one = await _open(request, LinkAction.OPENED)
    async with context_of(request).sessions() as session:
        order = await get_order(session, one.order_id)
    return await hints_for(context_of(request), order, body_of(request, ReplyTexts))


async def attached_file(request: web.Request) -> web.StreamResponse:
    one = await _open(request, LinkAction.FETCHED_FILE)
    async with context_of(request).sessions() as session:
        row = await get_attachment(session, id_in(request))
        if row.order_id != one.order_id:
            raise NotFound("没有这个附件。")
        order = await get_order(session, one.order_id)
    return send_file(request, one.me, order, row)


async def _open(request: web.Request, action: LinkAction) -> Opened:
    """Every use is a row. Raises TooManyTries for who guesses, and what `read_link` and `use_link` raise."""
    app_context, throttle, token, at = (
        context_of(request),
        request.app[THROTTLE],
        request.match_info["token"],
        clock.now(),
    )
    # A link that is ours is never kept waiting: others behind the same address may guess as long as they like.
    try:
        link_id = read_link(link_key(app_context.settings), LINK_PATH, token, at)
    except ForgedLink:
        who = (LINK_PATH, network_of(address_of(request)))
        if wait := throttle.wait(who, LINK, at):
            await note_refusal(request, Reason.FORGED_LINK, incident=f"有人在猜办理链接，来自 {who[1]}。")
            raise TooManyTries(f"尝试次数过多，请{lasted(wait.total_seconds())}后再试。") from None
        throttle.failed(who, LINK, at)
        await note_refusal(request, Reason.FORGED_LINK)
        raise
    async with transaction(app_context.sessions) as session:
        address = mask_address(address_of(request))
        link, held_up = await use_link(session, link_id, action, address=address, at=at)
    log.info("office_link_used", link=link_id, action=action.value, office=link.office_code, held_up=bool(held_up))
    return opened(token, link, app_context.city, held_up)


async def _take(request: web.Request, one: Opened, step: Step, form: Form) -> None:
    app_context, actor = context_of(request), one.actor
    if step not in LINK_STEPS:
        raise Conflict(_NOT_BY_LINK)
    async with transaction(app_context.sessions) as session:
        order = await get_order(session, one.order_id)
        await take_on(session, app_context.policy, one.me, order, step, form, actor=actor)


async def _page(
    request: web.Request,
    one: Opened,
    *,
    rejected: RejectedForm | None = None,
    note: tuple[str, Rejection] = ("", NOTHING_WRONG),
) -> web.StreamResponse:
    """`note`: an internal note that was not taken, and why."""
    app_context, at = context_of(request), clock.now()
    async with app_context.sessions() as session:
        order = await order_behind(session, app_context.policy, one, at=at)
        story = await story_behind(session, app_context.city, one, order)
        notes = await load_notes(session, app_context.city, one.me, await get_order(session, one.order_id))
        kept = await texts_of(session, one.order_id, writer_of(one.me), at=at)
    just_sent = rejected.step if rejected else None
    forms = with_unsent(step_forms(order.open_steps, order.model_dump(), app_context.policy), kept, just_sent)
    shown = show_forms(forms, rejected, app_context.city, lambda step: _closed(one, order, step))
    context = {
        "through": one,
        "order": order,
        "kind": kind_name(order.kind, order.urgency),
        "place": place_words(order, app_context.city),
        "dues": dues(order, app_context.policy, at),
        "asked": open_requests(order),
        "forms": shown.forms,
        "impossible": shown.impossible,
        "unsent": shown.unsent,
        "unsent_step": shown.step,
        "story": story,
        "line": _line(request),
        "notes": notes,
        "note": note,
        "longest_note": LONGEST,
    }
    return page(request, "office/office_link.html", context, status=max(shown.status, note[1].status))


def _closed(one: Opened, order: OrderAnswer, step: Step) -> str:
    """Why the step cannot be taken through this link now."""
    forbidden = (closed.why for closed in order.closed_steps if closed.step is step and step in LINK_STEPS)
    return one.held_up or why_not(order.state, step, Role.OFFICE) or next(forbidden, _NOT_BY_LINK)


def _over(request: web.Request, error: HotlineError, *, unsent: Sequence[tuple[str, str]] = ()) -> web.StreamResponse:
    sentence = (
        f"{error.message}还需要办理的，请拨打{_line(request)}找{city_words().coordinator}，说出工单号，可以重发链接。"
    )
    status = 429 if isinstance(error, TooManyTries) else 410
    return page(request, "office/office_link_over.html", {"sentence": sentence, "unsent": unsent}, status=status)


def _line(request: web.Request) -> str:
    return context_of(request).settings.pbx.line_number


async def show_order_links(request: web.Request) -> web.StreamResponse:
    app_context, me = context_of(request), me_of(request)
    async with app_context.sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        offices = offices_on(app_context.city, order) if me.role in SENDS else []
        context = {
            "number": order.number,
            "links": await sent_links(session, app_context.city, order.id),
            "offices": offices,
        }
    return page(request, "office/order_office_links.html", context | {"sends": me.role in SENDS})


async def api_order_links(request: web.Request) -> SentLinksAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        return SentLinksAnswer(links=await sent_links(session, app_context.city, order.id))


async def api_send_link(request: web.Request) -> SentLinksAnswer:
    await _send(request, body_of(request, LinkRequest).office)
    return await api_order_links(request)


async def api_revoke_link(request: web.Request) -> SentLinksAnswer:
    async with transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        await revoke_link(session, order.id, id_in(request), by=me_of(request).display_name, at=clock.now())
    return await api_order_links(request)


async def submit_send_link(request: web.Request) -> web.StreamResponse:
    await _send(request, str((await request.post()).get("office", "")))
    raise _back_to_order(request)


async def submit_make_link(request: web.Request) -> web.StreamResponse:
    """The link itself, once, as text and as a code for a telephone's camera. Nothing keeps it."""
    app_context, me, office = context_of(request), me_of(request), str((await request.post()).get("office", ""))
    async with transaction(app_context.sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        link = await make_link_by_hand(
            session, app_context.policy.notifications, order, office, by=me.display_name, at=clock.now()
        )
    token = sign_link(link_key(app_context.settings), link.path, link.about, link.expires_at)
    origin = app_context.settings.web.public_url.rstrip("/") or str(request.url.origin())
    address = f"{origin}/{link.path}/{token}"
    context = {
        "number": order.number,
        "title": redactor_of_order(order).text(order.title),
        "office": app_context.city.offices[office].name,
        "address": address,
        # segno's own drawing; the address in it is ours.
        "code": Markup(segno.make(address, error="m").svg_inline(scale=5)),  # noqa: S704
        "expires_at": link.expires_at,
    }
    return page(request, "office/order_office_link_made.html", context)


async def submit_revoke_link(request: web.Request) -> web.StreamResponse:
    await api_revoke_link(request)
    raise _back_to_order(request)


async def _send(request: web.Request, office: str) -> None:
    app_context, me = context_of(request), me_of(request)
    async with transaction(app_context.sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await send_office_link(session, app_context.policy, order, office, by=me.display_name, at=clock.now())


def _back_to_order(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/orders/{request.match_info['number']}#office-links")


ROUTES = [
    Route("GET", "/office-link/{token}", "office_link", show_link, None),
    Route("POST", "/office-link/{token}/steps/{step}", "submit_link_step", submit_link_step, None),
    Route("POST", "/office-link/{token}/notes", "submit_link_note", submit_link_note, None),
    Route(
        "POST", "/api/office-links/{token}/attachments", "attach_by_link", api_attach, None,
        says="经办理链接添加照片或文件（请求体就是文件内容）", query=AttachQuery, answer=AttachmentAnswer, status=201,
    ),
    Route(
        "PUT", "/api/office-links/{token}/unsent/{step}", "keep_unsent_by_link", api_keep_unsent, None,
        says="经办理链接把写了还没提交的表单存到服务器", body=UnsentForm, answer=UnsentFormAnswer,
        may_fail=frozenset({403, 409}),
    ),
    Route(
        "DELETE", "/api/office-links/{token}/unsent/{step}", "drop_unsent_by_link", api_drop_unsent, None,
        says="经办理链接去掉写了还没提交的内容", answer=Done, may_fail=frozenset({403, 409}),
    ),
    Route(
        "POST", "/api/office-links/{token}/reply-hints", "hint_reply_by_link", api_hints, None,
        says="经办理链接写回复时的提示", body=ReplyTexts, answer=ReplyHintsAnswer, may_fail=frozenset({403, 409}),
    ),
    Route(
        "GET", "/api/office-links/{token}/attachments/{id:[0-9]+}/file", "file_by_link", attached_file, None,
        says="经办理链接查看附件", may_fail=frozenset({403, 409}),
    ),
    Route("GET", "/orders/{number}/office-links", "order_links", show_order_links, READS),
    Route("POST", "/orders/{number}/office-links", "send_office_link", submit_send_link, SENDS),
    Route("POST", "/orders/{number}/office-links/by-hand", "make_office_link_by_hand", submit_make_link, SENDS),
    Route(
        "POST", "/orders/{number}/office-links/{id:[0-9]+}/revoke", "revoke_office_link", submit_revoke_link, SENDS
    ),
    Route(
        "GET", "/api/orders/{number}/office-links", "list_office_links", api_order_links, READS,
        says="发给承办单位的办理链接和每次使用，新的在前（链接本身不显示）", answer=SentLinksAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/office-links", "make_office_link", api_send_link, SENDS,
        says="给主办或协办单位的全部联系方式发送办理链接", body=LinkRequest, answer=SentLinksAnswer, status=201,
    ),
    Route(
        "POST", "/api/orders/{number}/office-links/{id:[0-9]+}/revoke", "end_office_link", api_revoke_link, SENDS,
        says="收回一个办理链接", answer=SentLinksAnswer,
    ),
]  # fmt: skip
