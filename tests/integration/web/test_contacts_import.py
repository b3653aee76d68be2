"""Contacts from a table: looked at, registered all or none, and never twice."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import xlsxwriter
from aiohttp import FormData
from sqlalchemy import delete, select

from core.database import transaction
from dispatch.notifications.models import Contact
from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig

PAGE = "/contacts/import"
OWN = str(ACCOUNTS[Role.OFFICE]["name"])
OFFICE = str(ACCOUNTS[Role.OFFICE]["office_code"])


@pytest.fixture(autouse=True)
async def none_left(web_rig: WebRig) -> AsyncIterator[None]:
    yield
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(delete(Contact))


async def look(rig: WebRig, table: bytes, role: Role = Role.ADMINISTRATOR) -> tuple[int, str]:
    form = FormData()
    form.add_field("upload", table, filename="contacts.csv")
    answer = await rig.ask(role, "POST", f"{PAGE}/look", data=form, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def register(rig: WebRig, page: str) -> tuple[int, str]:
    found = re.search(r'<textarea name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found, page
    data = {"text": html.unescape(found[1])}
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", PAGE, data=data, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def stored(rig: WebRig) -> set[tuple[str, str, str, bool, bool]]:
    async with rig.context.sessions() as session:
        rows = await session.scalars(select(Contact))
        return {(one.audience, one.code, one.address, one.with_link, one.account_id is not None) for one in rows}


async def test_a_table_is_looked_at_registered_and_a_second_time_changes_nothing(web_rig: WebRig) -> None:
    office = web_rig.context.city.offices[OFFICE].name
    unit = next(iter(web_rig.context.city.units.values()))
    table = (
        f"渠道,单位,地址,登录名,办理链接\n短信,{office},13900000001,{OWN},\n邮件,{OFFICE},a@example.cn,,是\n"
        f"短信,{unit.name},13900000002,,否\n邮件,市级管理员,line@example.cn,,\n\n# 备注\n短信,{office},13900000001,,\n"
    )
    wanted = {
        ("office", OFFICE, "13900000001", False, True), ("office", OFFICE, "a@example.cn", True, False),
        ("unit", unit.code, "13900000002", False, False), ("coordinator", "", "line@example.cn", False, False),
    }  # fmt: skip
    status, page = await look(web_rig, table.encode("gb18030"))
    assert (status, await stored(web_rig)) == (200, set()), "only looked at"
    assert "登记这4个" in page
    assert "已登记过，跳过" in page, "the last row is the first once more"
    assert (await register(web_rig, page))[0] == 303
    assert await stored(web_rig) == wanted
    status, page = await look(web_rig, table.encode("utf-8-sig").replace(b",", b"\t"))
    assert (status, "表里的都登记过了" in page) == (200, True)
    assert await stored(web_rig) == wanted


async def test_a_workbook_is_read_as_its_first_sheet(web_rig: WebRig, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "contacts.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单位", "渠道", "地址"])
        sheet.write_row(2, 0, [OFFICE, "短信", 13900000001])
        sheet.write_row(3, 0, [OFFICE, "短信", 139])
    status, page = await look(web_rig, (tmp_path / "contacts.xlsx").read_bytes())
    assert status == 422
    assert "<td>4</td>" in page, "the row's number in the sheet"
    assert "登记过" not in page
    status, page = await look(web_rig, b"PK\x03\x04 no workbook")
    assert (status, "读不出来" in page) == (422, True)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("短信,路灯管理处,13900000001,,", "没有叫“路灯管理处”的单位，是不是“"),
        (",短信,13900000001,,", "没有叫"),
        ("传真,{office},13900000001,,", "没有叫“传真”的渠道"),
        ("短信,{office},1390000,,", "请填写11位手机号"),
        ("邮件,{office},nobody,,", "邮箱"),
        ("其他系统,{office},https://elsewhere.example/x,,", "不在允许之列"),
        ("短信,{office},13900000001,nobody-here,", "没有这个登录名"),
        ("短信,市级管理员,13900000001,,是", "只有承办单位"),
        ("短信,{office},13900000001,,可能", "只能填"),
        ("短信", "没有填"),
    ],
)
async def test_a_row_that_cannot_be_is_named_and_nothing_is_registered(web_rig: WebRig, row: str, words: str) -> None:
    office = web_rig.context.city.offices[OFFICE].name
    table = f"渠道,单位,地址,登录名,办理链接\n短信,{office},13900000009,,\n{row.format(office=office)}\n"
    status, page = await look(web_rig, table.encode())
    assert status == 422
    assert "有1行要改" in page
    assert words in html.unescape(page)
    answer = await web_rig.ask(Role.ADMINISTRATOR, "POST", PAGE, data={"text": table}, headers={"Origin": web_rig.url})
    assert answer.status == 422
    assert await stored(web_rig) == set()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "文件是空的"),
        ("单位,地址\n".encode(), "缺少：渠道"),
        ("单位,渠道,地址\n".encode(), "只有列名"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "读不了"),
        (("单位,渠道,地址\n" + "x,短信,1\n" * 2001).encode(), "一次最多2000行"),
    ],
)
async def test_a_file_that_is_no_such_table_is_said(web_rig: WebRig, table: bytes, words: str) -> None:
    status, page = await look(web_rig, table)
    assert (status, words in page) == (422, True), page[-1500:]


async def test_only_those_who_keep_contacts_import_them(web_rig: WebRig) -> None:
    for role in (Role.OFFICE, Role.SUPERVISOR, Role.AGENT):
        assert (await look(web_rig, b"x", role))[0] == 403
    assert (await look(web_rig, b"x", Role.COORDINATOR))[0] == 422
    assert PAGE in await (await web_rig.ask(Role.ADMINISTRATOR, "GET", "/contacts")).text()
