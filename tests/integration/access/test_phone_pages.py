"""话机: what a telephone needs is on an administrator's page; each look is written down."""

import re

import pytest
from sqlalchemy import select

from access.accounts.log_models import AccountAction, AccountLogEntry
from dispatch.workflow import Role
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import pbx_settings
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig

PAGE = "/admin/phones"


async def shown(rig: WebRig, phone: str) -> tuple[int, str]:
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", PAGE, data={"phone": phone}, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def looked(rig: WebRig) -> list[tuple[str, str]]:
    wanted = select(AccountLogEntry).where(AccountLogEntry.action == AccountAction.PHONE_SHOWN)
    async with rig.context.sessions() as session:
        return [(row.detail, row.by_name) for row in await session.scalars(wanted.order_by(AccountLogEntry.id))]


async def test_only_administrators_see_telephones_and_no_password_is_on_the_list(web_rig: WebRig) -> None:
    for role in set(ACCOUNTS) - {Role.ADMINISTRATOR}:
        assert (await web_rig.ask(role, "GET", PAGE)).status == 403
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", PAGE)
    page = await answer.text()
    for name in ("1001", "unit-01", ACCOUNTS[Role.AGENT]["display_name"]):
        assert name in page
    assert not any(secret in page for secret in load_secrets(pbx_settings(web_rig.context.settings)).phones.values())


@pytest.mark.parametrize("phone", ["1001", "unit-01"])
async def test_what_one_telephone_needs_is_shown_and_that_it_was_shown_is_kept(web_rig: WebRig, phone: str) -> None:
    before = len(await looked(web_rig))
    pbx = pbx_settings(web_rig.context.settings)
    status, page = await shown(web_rig, phone)
    assert status == 200
    secrets = load_secrets(pbx).phones
    assert secrets[phone] in page
    assert not any(secret in page for name, secret in secrets.items() if name != phone)
    assert re.search(rf"<dt>端口</dt><dd>{pbx.sip_port}", page)
    assert (await looked(web_rig))[before:] == [(phone, ACCOUNTS[Role.ADMINISTRATOR]["name"])]


@pytest.mark.parametrize("phone", ["", "9999", "1001-web", "citizen-1", "probe", "../secrets"])
async def test_no_other_account_of_the_exchange_is_shown(web_rig: WebRig, phone: str) -> None:
    before = await looked(web_rig)
    status, page = await shown(web_rig, phone)
    assert (status, "没有这部话机" in page) == (422, True)
    assert await looked(web_rig) == before
