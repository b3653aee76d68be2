"""账号: the administrator's pages. What they do is the API's (web.accounts.actions); a password that they make is shown
once, on the page that answers, and nowhere else.
"""

from aiohttp import web

from access.accounts.manage import get_account, sessions_of
from access.accounts.one_time import one_time_password
from access.accounts.roles import ADMINISTRATORS, EVERYBODY
from access.labels import REFUSAL_REASONS
from core.errors import BadInput, Conflict
from dispatch.orders.labels import ROLES
from web.accounts import actions
from web.accounts.presenter import (
    CLOSED,
    AccountsQuery,
    account_rows,
    free_extensions,
    log_words,
    lone_administrator,
    matching,
    where_words,
)
from web.accounts.schemas import AddAccount, ChangeAccount
from web.http.answers.pages import page, part_or_page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, context_of, id_in, me_of, query_of, read

_ASKED = ("display_name", "role", "extension", "office_code", "unit_code")


async def show_accounts(request: web.Request) -> web.StreamResponse:
    return await _list(request, query_of(request, AccountsQuery))


async def submit_account(request: web.Request) -> web.StreamResponse:
    """Makes it, and shows it with its first password."""
    typed = await _typed(request)
    password = one_time_password()
    try:
        wanted = read(AddAccount, {name: typed.get(name, "") for name in ("name", *_ASKED)} | {"password": password})
        made = await actions.add(request, wanted)
    except (BadInput, Conflict) as error:
        return await _list(request, AccountsQuery(), rejection_of(error), typed)
    return await _one(request, made.name, password=password)


async def show_account(request: web.Request) -> web.StreamResponse:
    return await _one(request, _name(request))


async def submit_change(request: web.Request) -> web.StreamResponse:
    typed = await _typed(request)
    try:
        await actions.change(request, _name(request), read(ChangeAccount, {one: typed.get(one, "") for one in _ASKED}))
    except (BadInput, Conflict) as error:
        return await _one(request, _name(request), refused=rejection_of(error), typed=typed)
    raise web.HTTPSeeOther(_at(request))


async def submit_password(request: web.Request) -> web.StreamResponse:
    password = one_time_password()
    try:
        await actions.reset_password(request, _name(request), password)
    except Conflict as error:
        return await _one(request, _name(request), refused=rejection_of(error))
    return await _one(request, _name(request), password=password)


async def submit_close(request: web.Request) -> web.StreamResponse:
    try:
        await actions.close(request, _name(request))
    except Conflict as error:
        return await _one(request, _name(request), refused=rejection_of(error))
    raise web.HTTPSeeOther(_at(request))


async def submit_reopen(request: web.Request) -> web.StreamResponse:
    try:
        await actions.reopen(request, _name(request))
    except BadInput as error:
        return await _one(request, _name(request), refused=rejection_of(error))
    raise web.HTTPSeeOther(_at(request))


async def submit_end_sessions(request: web.Request) -> web.StreamResponse:
    await actions.end_all_sessions(request, _name(request))
    raise web.HTTPSeeOther(_at(request))


async def submit_end_session(request: web.Request) -> web.StreamResponse:
    await actions.end_session(request, _name(request), id_in(request))
    raise web.HTTPSeeOther(_at(request))


async def _list(
    request: web.Request,
    query: AccountsQuery,
    refused: Rejection = NOTHING_WRONG,
    typed: dict[str, str] | None = None,
) -> web.StreamResponse:
    city, accounts = context_of(request).city, await actions.list_accounts(request)
    context = {
        "query": query,
        "closed": CLOSED,
        "rows": matching(account_rows(accounts, city), query),
        "total": len(accounts),
        "alone": lone_administrator(accounts),
        "typed": typed or {},
        **_refused(refused),
        **_choices(request, free_extensions(context_of(request).settings.pbx.extensions, accounts)),
    }
    if refused is not NOTHING_WRONG:
        return page(request, "accounts/accounts.html", context, status=refused.status)
    return part_or_page(request, "accounts/accounts_list.html", "accounts/accounts.html", context)


async def _one(
    request: web.Request,
    name: str,
    *,
    password: str = "",
    refused: Rejection = NOTHING_WRONG,
    typed: dict[str, str] | None = None,
) -> web.StreamResponse:
    accounts = await actions.list_accounts(request)
    async with context_of(request).sessions() as session:
        account = await get_account(session, name)
        alive = await sessions_of(session, account.id)
        history = await actions.history_of(session, account)
    answer = next(one for one in accounts if one.name == account.name)
    others = [one for one in accounts if one.name != account.name]
    context = {
        "account": answer,
        "where": where_words(answer, context_of(request).city),
        "typed": {one: getattr(answer, one) or "" for one in _ASKED} | (typed or {}),
        "one_time_password": password,
        "alone": lone_administrator(accounts),
        "own": account.id == me_of(request).account_id,
        "alive": alive,
        "mine": me_of(request).session_id,
        "done_to_it": [(row.at, log_words(row), row.by_name) for row in history.of_it],
        "done_by_it": [(row.at, log_words(row), other) for row, other in history.by_it],
        "failures": [(row.at, REFUSAL_REASONS[row.reason], row.address) for row in history.refused],
        **_refused(refused),
        **_choices(request, free_extensions(context_of(request).settings.pbx.extensions, others)),
    }
    return page(request, "accounts/account.html", context, status=refused.status)


def _choices(request: web.Request, extensions: list[str]) -> dict[str, object]:
    city = context_of(request).city
    return {
        "roles": {role: words for role, words in ROLES.items() if role in EVERYBODY},
        "extensions": extensions,
        "offices": city.offices.values(),
        "units": city.units.values(),
    }


def _refused(refused: Rejection) -> dict[str, object]:
    """The sentence of the whole, and field → what is wrong with it."""
    return {"refused": "" if refused.fields else refused.message, "wrong": refused.fields}


async def _typed(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _at(request: web.Request) -> str:
    return str(request.app.router["account"].url_for(name=_name(request)))


ONE = "/admin/accounts/{name}"
ROUTES = [
    Route(
        "GET", "/admin/accounts", "accounts", show_accounts, ADMINISTRATORS, query=AccountsQuery, citizens=False,
    ),
    Route("POST", "/admin/accounts", "submit_account", submit_account, ADMINISTRATORS, citizens=False),
    Route("GET", ONE, "account", show_account, ADMINISTRATORS, citizens=False),
    Route("POST", ONE, "submit_account_change", submit_change, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/password", "submit_one_time_password", submit_password, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/close", "submit_account_close", submit_close, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/reopen", "submit_account_reopen", submit_reopen, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/sessions/end", "submit_end_sessions", submit_end_sessions, ADMINISTRATORS, citizens=False),
    Route(
        "POST", ONE + "/sessions/{id:[0-9]+}/end", "submit_end_session", submit_end_session, ADMINISTRATORS,
        citizens=False,
    ),
]  # fmt: skip
