"""Accounts for administrators, one's own password and sessions for everybody, and what was refused."""

from contextlib import suppress

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.manage import choose_password, end_sessions, get_account, log_of, sessions_of
from access.accounts.roles import ADMINISTRATORS, EVERYBODY
from core.database import transaction
from core.errors import BadInput, NotFound
from dispatch.workflow import Role
from web.accounts import actions
from web.accounts.actions import account_answer, changed_by
from web.accounts.schemas import (
    AccountActionItem,
    AccountActionsAnswer,
    AccountAnswer,
    AccountsAnswer,
    AddAccount,
    ChangeAccount,
    ChoosePassword,
    OpenSession,
    ResetPassword,
    SessionsAnswer,
)
from web.http.answers.pages import page
from web.http.requests.refusals import RefusalsAnswer, RefusalsQuery, latest_refusals
from web.http.routes import PASSWORD_PAGE, Route, body_of, context_of, id_in, me_of, query_of
from web.http.schemas import Done

log = structlog.get_logger()

READS_REFUSALS = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})


async def api_accounts(request: web.Request) -> AccountsAnswer:
    return AccountsAnswer(accounts=await actions.list_accounts(request))


async def api_account(request: web.Request) -> AccountAnswer:
    return await _account_answer(request)


async def api_add(request: web.Request) -> AccountAnswer:
    return await actions.add(request, body_of(request, AddAccount))


async def api_change(request: web.Request) -> AccountAnswer:
    await actions.change(request, _name(request), body_of(request, ChangeAccount))
    return await _account_answer(request)


async def api_reset_password(request: web.Request) -> Done:
    await actions.reset_password(request, _name(request), body_of(request, ResetPassword).password)
    return Done()


async def api_close(request: web.Request) -> AccountAnswer:
    await actions.close(request, _name(request))
    return await _account_answer(request)


async def api_reopen(request: web.Request) -> AccountAnswer:
    await actions.reopen(request, _name(request))
    return await _account_answer(request)


async def api_sessions(request: web.Request) -> SessionsAnswer:
    async with context_of(request).sessions() as session:
        account = await get_account(session, _name(request))
        return await _sessions_answer(request, session, account.id)


async def api_end_sessions(request: web.Request) -> Done:
    await actions.end_all_sessions(request, _name(request))
    return Done()


async def api_end_session(request: web.Request) -> Done:
    await actions.end_session(request, _name(request), id_in(request))
    return Done()


async def api_action(request: web.Request) -> AccountActionsAnswer:
    async with context_of(request).sessions() as session:
        account = await get_account(session, _name(request))
        rows = await log_of(session, account.id)
    return AccountActionsAnswer(
        actions=[
            AccountActionItem(at=row.at, action=row.action, detail=row.detail, by_name=row.by_name) for row in rows
        ]
    )


async def api_my_sessions(request: web.Request) -> SessionsAnswer:
    async with context_of(request).sessions() as session:
        return await _sessions_answer(request, session, me_of(request).account_id)


async def api_end_my_session(request: web.Request) -> Done:
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        account = await get_account(session, me.name)
        if not await end_sessions(session, account, only=id_in(request), note_by=changed_by(request)):
            raise NotFound("这次登录已经结束。")
    return Done()


async def submit_end_my_session(request: web.Request) -> web.StreamResponse:
    with suppress(NotFound):  # It has ended meanwhile, as was wished.
        await api_end_my_session(request)
    raise web.HTTPSeeOther(PASSWORD_PAGE)


async def api_choose_password(request: web.Request) -> Done:
    wanted = body_of(request, ChoosePassword)
    await _choose(request, wanted.old, wanted.new)
    return Done()


async def show_password(request: web.Request) -> web.StreamResponse:
    return await _password_page(request)


async def submit_password(request: web.Request) -> web.StreamResponse:
    form = {name: str(value) for name, value in (await request.post()).items()}
    try:
        if form.get("new") != form.get("again"):
            raise BadInput(fields={"again": "两次输入的新密码不同。"})
        await _choose(request, form.get("old", ""), form.get("new", ""))
    except BadInput as error:
        return await _password_page(request, "".join(error.fields.values()) or error.message, status=422)
    raise web.HTTPSeeOther("/")


async def api_refusals(request: web.Request) -> RefusalsAnswer:
    async with context_of(request).sessions() as session:
        return await latest_refusals(session, query_of(request, RefusalsQuery))


async def _choose(request: web.Request, old: str, new: str) -> None:
    me = me_of(request)
    await choose_password(context_of(request).sessions, me.name, old, new, keep_session=me.session_id)
    log.info("password_changed", account=me.name)


async def _password_page(request: web.Request, wrong: str = "", status: int = 200) -> web.StreamResponse:
    me = me_of(request)
    async with context_of(request).sessions() as session:
        alive = await sessions_of(session, me.account_id)
    context = {"wrong": wrong, "forced": me.must_change_password, "alive": alive, "mine": me.session_id}
    return page(request, "session/password.html", context, status=status)


async def _account_answer(request: web.Request) -> AccountAnswer:
    async with context_of(request).sessions() as session:
        account = await get_account(session, _name(request))
        alive = await sessions_of(session, account.id)
    return account_answer(account, len(alive), alive[0].seen_at if alive else None)


async def _sessions_answer(request: web.Request, session: AsyncSession, account_id: int) -> SessionsAnswer:
    mine = me_of(request).session_id
    return SessionsAnswer(
        sessions=[
            OpenSession(
                id=row.id,
                created_at=row.created_at,
                seen_at=row.seen_at,
                expires_at=row.expires_at,
                ends_at=row.ends_at,
                user_agent=row.user_agent,
                address=row.address,
                mine=row.id == mine,
            )
            for row in await sessions_of(session, account_id)
        ]
    )


def _name(request: web.Request) -> str:
    return request.match_info["name"]


ONE = "/api/accounts/{name}"
ROUTES = [
    Route(
        "GET", "/api/accounts", "list_accounts", api_accounts, ADMINISTRATORS,
        says="全部账号，包括已停用的", answer=AccountsAnswer, citizens=False,
    ),
    Route(
        "POST", "/api/accounts", "add_account", api_add, ADMINISTRATORS,
        says="开通账号（首次登录须改密码）", body=AddAccount, answer=AccountAnswer, status=201, citizens=False,
    ),
    Route(
        "GET", ONE, "get_account", api_account, ADMINISTRATORS,
        says="一个账号", answer=AccountAnswer, citizens=False,
    ),
    Route(
        "PATCH", ONE, "change_account", api_change, ADMINISTRATORS,
        says="改姓名、角色、分机、单位或{crew}（改后须重新登录）", body=ChangeAccount,
        answer=AccountAnswer, citizens=False,
    ),
    Route(
        "POST", f"{ONE}/password", "reset_password", api_reset_password, ADMINISTRATORS,
        says="重设密码（下次登录须改）", body=ResetPassword, answer=Done, citizens=False,
    ),
    Route(
        "POST", f"{ONE}/close", "close_account", api_close, ADMINISTRATORS,
        says="停用账号，立即结束登录", answer=AccountAnswer, citizens=False,
    ),
    Route(
        "POST", f"{ONE}/reopen", "reopen_account", api_reopen, ADMINISTRATORS,
        says="重新启用账号", answer=AccountAnswer, citizens=False,
    ),
    Route(
        "GET", f"{ONE}/sessions", "list_sessions", api_sessions, ADMINISTRATORS,
        says="账号正在使用的登录", answer=SessionsAnswer, citizens=False,
    ),
    Route(
        "DELETE", f"{ONE}/sessions", "end_sessions", api_end_sessions, ADMINISTRATORS,
        says="结束账号的全部登录", answer=Done, citizens=False,
    ),
    Route(
        "DELETE", ONE + "/sessions/{id:[0-9]+}", "end_one_session", api_end_session, ADMINISTRATORS,
        says="结束一次登录", answer=Done, citizens=False,
    ),
    Route(
        "GET", f"{ONE}/actions", "list_account_log", api_action, ADMINISTRATORS,
        says="谁对账号做过什么，新的在前", answer=AccountActionsAnswer, citizens=False,
    ),
    Route(
        "GET", "/api/me/sessions", "list_my_sessions", api_my_sessions, EVERYBODY,
        says="我正在使用的登录", answer=SessionsAnswer, citizens=False,
    ),
    Route(
        "DELETE", "/api/me/sessions/{id:[0-9]+}", "end_my_session", api_end_my_session, EVERYBODY,
        says="结束我的一次登录", answer=Done, citizens=False,
    ),
    Route(
        "POST", "/api/me/password", "choose_password", api_choose_password, EVERYBODY,
        says="改自己的密码，其他登录随之结束", body=ChoosePassword, answer=Done, before_password=True, citizens=False,
    ),
    Route("GET", PASSWORD_PAGE, "password", show_password, EVERYBODY, before_password=True, citizens=False),
    Route("POST", PASSWORD_PAGE, "submit_password", submit_password, EVERYBODY, before_password=True, citizens=False),
    Route(
        "POST", PASSWORD_PAGE + "/sessions/{id:[0-9]+}/end", "submit_end_my_session", submit_end_my_session, EVERYBODY,
        citizens=False,
    ),
    Route(
        "GET", "/api/refusals", "list_refusals", api_refusals, READS_REFUSALS,
        says="登录失败和被拒绝的请求，新的在前", query=RefusalsQuery, answer=RefusalsAnswer, citizens=False,
    ),
]  # fmt: skip
