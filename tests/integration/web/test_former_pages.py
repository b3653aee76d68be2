"""原系统 on screen: from the upload to the takeover, and closed to everybody but administrators."""

import re

import pytest
from aiohttp import FormData
from sqlalchemy import func, select, update

from access.accounts.roles import ADMINISTRATORS
from core import clock
from core.database import transaction
from dispatch.former.carry_on import carry_on
from dispatch.former.models import FormerFile
from dispatch.orders.models import Order
from dispatch.workflow import Role
from tests.support.former_export import HEADS, as_csv, former_rows
from tests.support.web_rig import WebRig

PAGE = "/admin/former"


async def upload(
    rig: WebRig, content: bytes, system: str = "旧平台", role: Role = Role.ADMINISTRATOR
) -> tuple[int, str]:
    """Status, and where it leads or the page."""
    form = FormData()
    form.add_field("system", system)
    form.add_field("upload", content, filename="C:\\导出\\2021.csv")
    answer = await rig.ask(role, "POST", PAGE, data=form, headers={"Origin": rig.url})
    return answer.status, answer.headers.get("Location") or await answer.text()


async def work(rig: WebRig, page: str) -> None:
    """What a worker does."""
    file_id = int(page.rsplit("/", 1)[-1])
    await carry_on(rig.context.sessions, lambda: rig.context.city, file_id, clock.now)


async def post(rig: WebRig, path: str, **fields: str) -> tuple[int, str]:
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=fields, headers={"Origin": rig.url})
    return answer.status, answer.headers.get("Location") or await answer.text()


async def show(rig: WebRig, path: str) -> str:
    answer = await rig.ask(Role.ADMINISTRATOR, "GET", path)
    assert answer.status == 200, await answer.text()
    return await answer.text()


def chosen(page: str, name: str) -> dict[str, str]:
    """The page's selects whose names begin so, as a browser would send them."""
    found = {}
    for select_name, options in re.findall(rf'<select name="({name}[^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        picked = re.search(r'<option value="([^"]*)" selected', options)
        found[select_name] = picked[1] if picked else ""
    return found


async def test_a_file_goes_from_its_upload_to_finished_orders(web_rig: WebRig) -> None:
    assert "还没有上传过" in await show(web_rig, PAGE)
    rows = former_rows(12)
    rows[0][1] = "前天"
    status, page = await upload(web_rig, as_csv(rows))
    assert status == 303
    assert "正在读取" in await show(web_rig, page)
    progress = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{page}/progress")
    assert "正在读取" in await progress.text()
    await work(web_rig, page)
    progress = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{page}/progress")
    assert progress.headers["HX-Redirect"] == page

    shown = await show(web_rig, page)
    assert "第一步：每一列是什么" in shown
    assert "猜</span>" in shown
    assert "第二步" not in shown
    assert "2021.csv" in shown, "without the folder"
    columns = chosen(shown, "column-")
    columns |= {f"column-{HEADS.index(head)}": value for head, value in (
        ("业务流水号", "number"), ("来电时刻", "received_at"), ("诉求正文", "matter"), ("流程状态", "state"),
        ("结案日期", "closed_at"), ("交办单位", "lead_office_code"), ("来电人手机", "citizen_phone"),
        ("诉求归类", "subject"), ("诉求简述", "title"), ("是否对外保密", "confidential"), ("业务来源", "channel"),
    )}  # fmt: skip
    status, text = await post(web_rig, f"{page}/columns", **columns | {"column-0": ""}, channel="web")
    assert (status, "没有选哪一列是“原系统编号”" in text) == (422, True)
    assert (await post(web_rig, f"{page}/columns", **columns, channel="web"))[0] == 303

    shown = await show(web_rig, page)
    assert "第二步：原系统的词对应什么" in shown
    words = chosen(shown, "word-")
    assert "finished" in words.values(), "已结案 is guessed"
    said = re.search(r'name="columns" value="([^"]*)"', shown)
    assert said
    for name, code in words.items():
        if not code:
            words[name] = "-" if name.startswith(("word-lead", "word-subject", "word-place")) else "web"
        if name.startswith("word-state") and not code:
            words[name] = "open"
    status, text = await post(web_rig, f"{page}/check", **words, columns="other")
    assert (status, "各列刚刚改过" in text) == (409, True)
    status, text = await post(web_rig, f"{page}/check", **words | {next(iter(words)): "nonsense"}, columns=said[1])
    assert status == 422
    assert (await post(web_rig, f"{page}/check", **words, columns=said[1]))[0] == 303
    await work(web_rig, page)

    shown = await show(web_rig, page)
    assert "看不懂这个时间" in shown
    assert "139****0002" in shown, "the first rows as they would be"
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{page}/left-out.csv")
    assert (await answer.read()).decode("utf-8-sig").splitlines()[1].startswith("2,2021-000001,")
    wanted = re.search(r"转入这(\d+)件", shown)
    assert wanted
    assert (await post(web_rig, f"{page}/take-over"))[0] == 303
    assert (await post(web_rig, f"{page}/take-over"))[0] == 409
    assert (await post(web_rig, f"{page}/remove"))[0] == 409
    await work(web_rig, page)
    assert f"<strong>{wanted[1]}</strong> 已转入" in await show(web_rig, page)
    async with web_rig.context.sessions() as session:
        orders = (await session.scalars(select(Order).where(Order.former_system == "旧平台"))).all()
    assert len(orders) == int(wanted[1])
    seen = await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{orders[0].number}")
    text = await seen.text()
    assert "原系统编号" in text
    assert str(orders[0].former_number) in text
    assert "只供查阅" in text
    files = f"/api/orders/{orders[0].number}/attachments?kind=document&name=note.txt"
    sent = await web_rig.ask(Role.COORDINATOR, "POST", files, data="一张说明".encode())
    assert (sent.status, "只供查阅" in await sent.text()) == (409, True)
    assert (await post(web_rig, f"{page}/remove"))[0] == 303
    assert (await web_rig.ask(Role.ADMINISTRATOR, "GET", page)).status == 404


async def test_cells_are_shown_to_nobody_but_who_uploaded_them(web_rig: WebRig) -> None:
    _, page = await upload(web_rig, as_csv(former_rows(3)), "别人的")
    await work(web_rig, page)
    assert "1390000" in await show(web_rig, page)
    async with transaction(web_rig.context.sessions) as session:
        mine = FormerFile.id == int(page.rsplit("/", 1)[-1])
        await session.execute(update(FormerFile).where(mine).values(by_account_id=1))
    shown = await show(web_rig, page)
    assert "1390000" not in shown
    assert "各列的内容只给上传的人看" in shown
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{page}/left-out.csv")
    assert answer.status == 403
    assert (await post(web_rig, f"{page}/columns"))[0] == 403


@pytest.mark.parametrize("role", [*sorted(set(Role) - ADMINISTRATORS - {Role.CITIZEN, Role.SYSTEM}), None], ids=str)
async def test_nobody_but_administrators_gets_there(web_rig: WebRig, role: Role | None) -> None:
    async with web_rig.context.sessions() as session:
        before = await session.scalar(select(func.count()).select_from(FormerFile))
    status = (await web_rig.ask(role, "GET", PAGE)).status
    assert status == 403 if role else status in (302, 303, 401)
    form = FormData()
    form.add_field("system", "x")
    form.add_field("upload", b"a,b\n1,2\n", filename="a.csv")
    status = (await web_rig.ask(role, "POST", PAGE, data=form, headers={"Origin": web_rig.url})).status
    assert status == 403 if role else status in (302, 303, 401)
    async with web_rig.context.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(FormerFile)) == before


@pytest.mark.parametrize(("system", "content", "words"), [("", b"x", "请填写原系统的名称"), ("旧", b"", "请选择文件")])
async def test_an_upload_that_lacks_something_says_what(
    web_rig: WebRig, system: str, content: bytes, words: str
) -> None:
    status, text = await upload(web_rig, content, system)
    assert status == 422
    assert words in text


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("旧".encode(), "导出.csv".encode("gb18030")), (b"a\x00b", b"x.csv"), ("旧\u202e".encode(), b"a%00.csv"),
        (b"x" * 500_000, b"x.csv"),
    ],
    ids=["name in another encoding", "NUL", "turned", "endless"],
)  # fmt: skip
async def test_names_that_cannot_be_stored_are_tidied_or_refused(web_rig: WebRig, system: bytes, name: bytes) -> None:
    part = b'--XX\r\nContent-Disposition: form-data; name="%s\r\n\r\n%s\r\n'
    body = part % (b'system"', system) + part % (b'upload"; filename="%s"' % name, b"a,b\n1,2\n") + b"--XX--\r\n"
    headers = {"Origin": web_rig.url, "Content-Type": "multipart/form-data; boundary=XX"}
    answer = await web_rig.ask(Role.ADMINISTRATOR, "POST", PAGE, data=body, headers=headers)
    assert answer.status == (422 if len(system) > 1000 else 303), await answer.text()
    assert "\u202e" not in await show(web_rig, PAGE)
