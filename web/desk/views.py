"""The agent's desk (坐席台): the page, its queue strip, and what its telephone must know."""

from aiohttp import web

from access.accounts.roles import DESK, PHONES
from core import clock
from core.errors import BadInput
from telephony.agents.models import Agent, AgentPhone
from telephony.calls.channel_names import browser_endpoint
from telephony.pbx.settings import pbx_settings
from web.desk.presenter import unregistered_at
from web.desk.queue_strip import STRIPS
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of
from web.orders.schemas import DeskPhoneAnswer

PAUSE_REASONS = ("小休", "用餐", "会议", "培训", "登记补录")


async def show_desk(request: web.Request) -> web.StreamResponse:
    """The call in hand is not in it: the page asks for that (/api/desk/current) and for its panels."""
    extension = _extension(request)
    settings = context_of(request).settings
    async with context_of(request).sessions() as session:
        agent = await session.get(Agent, extension)
    context = {
        "extension": extension,
        "answers": me_of(request).role in DESK,
        "agent_phone": agent.phone if agent else AgentPhone.BROWSER,
        "reasons": PAUSE_REASONS,
        "emergency_numbers": pbx_settings(settings).emergency_numbers,
        "after_call_work_seconds": settings.pbx.after_call_work_seconds,
        "strip": (await request.app[STRIPS].read()).without(extension),
        "at": clock.now(),
    }
    return page(request, "desk/desk.html", context)


async def show_strip(request: web.Request) -> web.StreamResponse:
    strip = (await request.app[STRIPS].read()).without(_extension(request))
    return page(request, "desk/desk_strip.html", {"strip": strip, "at": clock.now()})


async def show_unregistered(request: web.Request) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        drafts = await unregistered_at(session, _extension(request), at=clock.now())
    return page(request, "desk/desk_unregistered.html", {"drafts": drafts})


async def desk_phone(request: web.Request) -> DeskPhoneAnswer:
    """No password: the telephone's WebSocket knows whose session it is (web.sip.views)."""
    extension = _extension(request)
    pbx = pbx_settings(context_of(request).settings)
    return DeskPhoneAnswer(
        extension=extension,
        account=browser_endpoint(extension),
        domain=pbx.systemname,
        socket="/ws/sip",
        display_name=me_of(request).display_name,
    )


def _extension(request: web.Request) -> str:
    if (extension := me_of(request).extension) is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    return extension


ROUTES = [
    Route("GET", "/desk", "desk", show_desk, PHONES),
    Route("GET", "/desk/strip", "desk_strip", show_strip, PHONES, citizens=False),
    Route("GET", "/desk/unregistered", "desk_unregistered", show_unregistered, PHONES),
    Route(
        "GET", "/api/desk/phone", "get_desk_phone", desk_phone, PHONES,
        says="浏览器软电话的账号（不含密码）", answer=DeskPhoneAnswer,
    ),
]  # fmt: skip
