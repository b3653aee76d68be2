"""城市数据: what an administrator changes on screen is looked at, stored with its reason, in force, and taken back."""

import html
import io
import re
from collections.abc import AsyncIterator

import openpyxl
import pytest
from aiohttp import FormData

from dispatch.policy import Policy
from dispatch.workflow import Role
from tests.conftest import until
from tests.support.city_versions import versions_followed
from tests.support.web_rig import WebRig
from web.app import LARGEST_BODY_BYTES

OFFICE = "street-lighting"


@pytest.fixture(autouse=True)
async def followed(web_rig: WebRig, policy: Policy) -> AsyncIterator[None]:
    async with versions_followed(web_rig, policy):
        yield


async def press(rig: WebRig, path: str, **typed: str) -> tuple[int, str]:
    form = FormData(default_to_multipart=True)
    for name, value in typed.items():
        form.add_field(name, value)
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=form, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def upload(rig: WebRig, file: str, data: bytes) -> tuple[int, str]:
    form = FormData()
    form.add_field("upload", data, filename="from-excel.csv")
    path = f"/admin/city/{file}/preview"
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=form, headers={"Origin": rig.url})
    return answer.status, await answer.text()


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(file)
    return file.getvalue()


async def seen(rig: WebRig, path: str) -> str:
    answer = await rig.ask(Role.ADMINISTRATOR, "GET", path)
    assert answer.status == 200
    return await answer.text()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def whole(page: str) -> str:
    found = re.search(r'<textarea name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found, page
    return html.unescape(found[1])


async def save(rig: WebRig, file: str, preview: str, reason: str = "负责人换了", **more: str) -> tuple[int, str]:
    typed = {"text": whole(preview), "reason": reason} | {
        name: field(preview, name) for name in ("based_on", "previewed")
    }
    return await press(rig, f"/admin/city/{file}", **typed | more)


async def test_a_row_is_changed_looked_at_saved_in_force_and_taken_back(web_rig: WebRig) -> None:
    first = web_rig.context.city.offices[OFFICE].head
    page = await seen(web_rig, f"/admin/city/offices.csv?row={OFFICE}")
    cells = {name: html.unescape(value) for name, value in re.findall(r'name="(cell-\w+)"[^>]*value="([^"]*)"', page)}
    cells |= {"cell-kind": "department", "cell-town": ""}
    status, preview = await press(
        web_rig, "/admin/city/offices.csv/preview", row=OFFICE, **cells | {"cell-head": "新示例"}
    )
    assert (status, f"<del>{first}</del> → <ins>新示例</ins>" in preview) == (200, True)
    assert (await save(web_rig, "offices.csv", preview, reason=""))[0] == 422
    assert (await save(web_rig, "offices.csv", preview))[0] == 303
    await until(lambda: web_rig.context.city.offices[OFFICE].head == "新示例")
    page = await seen(web_rig, "/admin/city/offices.csv")
    assert "负责人换了 <small>吕示例" in page
    assert "负责人换了" in await seen(web_rig, "/admin/city")
    # Somebody else who saw the state before gets a warning, and sees the difference.
    status, told = await save(web_rig, "offices.csv", preview)
    assert (status, "刚刚有人改过" in told) == (409, True)
    status, _ = await press(
        web_rig, "/admin/city/offices.csv/take-back", version=field(page, "version"), reason="弄错了"
    )
    assert status == 303
    await until(lambda: web_rig.context.city.offices[OFFICE].head == first)


async def test_a_table_from_excel_shows_what_is_new_changed_and_gone_and_what_is_left_over(web_rig: WebRig) -> None:
    exported = await web_rig.ask(Role.ADMINISTRATOR, "GET", "/admin/city/units.csv/export")
    text_now = (await exported.read()).decode("utf-8-sig")
    rows = [line for line in text_now.splitlines() if not line.startswith("unit-01,")]
    rows.append("unit-90,新示例车,lamps,lucheng,unit-90,street-lighting,甲示例,0537-0009999")
    status, page = await upload(web_rig, "units.csv", "\r\n".join(rows).encode("gb18030"))
    assert status == 200
    assert "<strong>新增 新示例车</strong>" in page
    assert "<strong>删去 " in page
    assert "还有1个在用的账号" in page
    assert re.search(r"还有\d+张未办结的工单，不会再催它接单", page)
    status, page = await upload(web_rig, "units.csv", b"\xff\xfe\x00")
    assert (status, "另存为" in page) == (422, True)


async def test_a_workbook_may_leave_the_last_cells_of_a_row_empty(web_rig: WebRig) -> None:
    rows = [("code", "office", "post", "holder", "account", "first_day", "last_day"),
            ("first-head", OFFICE, "head", "甲示例", "", "2026-12-01", "")]  # fmt: skip
    status, page = await upload(web_rig, "posts.csv", workbook(rows))
    assert (status, "甲示例" in page) == (200, True), page


async def test_a_place_is_changed_and_removed_on_screen_though_it_has_no_code(web_rig: WebRig) -> None:
    at = "/admin/city/places.csv"
    name = next(iter(web_rig.context.city.places)).name
    page = await seen(web_rig, f"{at}?q={name}")
    assert "latitude" not in re.sub("<textarea.*?</textarea>", "", page, flags=re.DOTALL)
    link = re.search(r'href="(/admin/city/places\.csv\?row=[^"+]+)" aria-label="修改', page)
    assert link, page
    page = await seen(web_rig, html.unescape(link[1]))
    row = html.unescape(field(page, "row"))
    cells = {name: html.unescape(value) for name, value in re.findall(r'name="(cell-\w+)"[^>]*value="([^"]*)"', page)}
    cells |= dict(re.findall(r'<select name="(cell-\w+)">.*?<option value="([^"]*)" selected>', page))
    status, preview = await press(web_rig, f"{at}/preview", row=row, **cells | {"cell-name": "示例新村"})
    assert (status, "示例新村" in preview) == (200, True), preview
    status, preview = await press(web_rig, f"{at}/preview", row=row, remove="yes")
    assert (status, f"删去 {name}" in preview) == (200, True), preview


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("offices.csv", "new-a,{long},department,,甲,乙,1,2"),
        ("offices.csv", "new-a,新单位,department,,甲,乙,1,{long}"),
        ("units.csv", "unit-99,{long},lamps,*,unit-99,street-lighting,甲,1"),
        ("places.csv", "{long},lucheng,village,,35.6,117.0"),
        ("posts.csv", "a,street-lighting,head,{long},,2026-12-01,"),
        ("posts.csv", "a,street-lighting,head,甲,{long},2026-12-01,"),
    ],
)
async def test_a_cell_of_ten_thousand_signs_is_refused(web_rig: WebRig, file: str, row: str) -> None:
    text = whole(await seen(web_rig, f"/admin/city/{file}")) + row.format(long="长" * 10_000) + "\n"
    status, page = await press(web_rig, f"/admin/city/{file}/preview", text=text)
    assert (status, "太长" in page) == (422, True)


async def test_a_row_is_typed_in_the_words_of_the_screen(web_rig: WebRig) -> None:
    at = "/admin/city/units.csv"
    cells = {
        "cell-code": "unit-99", "cell-name": "示例新队", "cell-trade": "lamps", "cell-towns": "鲁城街道、书院街道",
        "cell-extension": "", "cell-office": "street-lighting", "cell-leader": "甲示例", "cell-phone": "1",
    }  # fmt: skip
    status, page = await press(web_rig, f"{at}/preview", row="+", **cells)
    assert (status, "unit-99,示例新队,lamps,lucheng shuyuan,unit-99,street-lighting" in whole(page)) == (200, True), (
        page
    )
    assert (await save(web_rig, "units.csv", page))[0] == 303
    assert "unit-99" in web_rig.context.city.units, "already on the page that follows"
    page = await seen(web_rig, f"{at}?row=unit-99")
    assert re.search('name="cell-towns"[^>]*value="鲁城街道、书院街道"', page)
    status, page = await press(web_rig, f"{at}/preview", row="+", **cells | {"cell-code": "unit-98", "cell-phone": ""})
    assert (status, "电话（phone）是空的" in page, "再启动" in page) == (422, True, False)


async def test_a_workbook_may_have_the_heads_and_names_of_the_screen(web_rig: WebRig) -> None:
    at = "/admin/city/offices.csv"
    rows = re.findall(r"(?m)^[a-z].*$", whole(await seen(web_rig, at)))
    heads = ("代码", "名称", "类别", "镇街", "第一责任人", "分管负责人", "电话", "值班电话")
    cells = [tuple(row.split(",")) for row in rows[1:]]
    data = workbook([heads, *cells, ("new-office", "示例新单位", "部门", "", "甲", "乙", "1", "2")])
    status, page = await upload(web_rig, "offices.csv", data)
    assert (status, page.count('class="city-row"'), "新增 示例新单位" in page) == (200, 1, True), page


async def test_an_export_holds_no_formula_and_comes_back_as_it_was(web_rig: WebRig) -> None:
    at = "/admin/city/offices.csv"
    text = whole(await seen(web_rig, at)) + "new-a,=1+1,department,,@SUM(A1),乙,+86 537 1,2\n"
    _, page = await press(web_rig, f"{at}/preview", text=text)
    assert (await save(web_rig, "offices.csv", page))[0] == 303
    answer = await web_rig.ask(Role.ADMINISTRATOR, "GET", f"{at}/export")
    data = await answer.read()
    assert "new-a,'=1+1,department,,'@SUM(A1),乙,+86 537 1,2" in data.decode("utf-8-sig")
    status, page = await upload(web_rig, "offices.csv", data)
    assert (status, "没有要保存的修改" in page) == (422, True)


async def test_an_older_version_is_looked_at_and_brought_back(web_rig: WebRig) -> None:
    at = "/admin/city/desk.toml"
    first = whole(await seen(web_rig, at))
    for name in ("one", "two"):
        _, page = await press(web_rig, f"{at}/preview", text=f"{first}# {name}\n")
        assert (await save(web_rig, "desk.toml", page))[0] == 303
    page = await seen(web_rig, at)
    again = re.findall(r'name="version" value="(\d+)"><button>恢复', page)
    assert again[-1] == "0"
    status, page = await press(web_rig, f"{at}/preview", version=again[0])
    assert (status, "− # two" in page, "+ # one" in page) == (200, True, True)
    assert (await save(web_rig, "desk.toml", page))[0] == 303
    status, page = await press(web_rig, f"{at}/preview", version="0")
    assert (status, whole(page)) == (200, first)
    assert (await press(web_rig, "/admin/city/limits.toml/preview", version=again[0]))[0] == 404


async def test_what_hardly_can_be_meant_with_an_announcement_is_said(web_rig: WebRig) -> None:
    typed = {"announcement": "+", "text": "请稍候。", "source": "示例"}
    past = {"starts": "2026-01-01T08:00", "until": "2026-01-02T08:00"}
    _, page = await press(web_rig, "/admin/city/announcements.toml/preview", **typed, **past)
    assert "时间已经过去" in page
    twice = "[[announcement]]\nname = 'NAME'\ntext = '请稍候。'\ndays = 'every day'\nsource = '示例'\n"
    text = twice.replace("NAME", "a") + twice.replace("NAME", "b")
    _, page = await press(web_rig, "/admin/city/announcements.toml/preview", text=text)
    assert page.count("有两条") == 1


async def test_the_duty_list_is_changed_row_by_row_though_the_whole_of_it_is_long(web_rig: WebRig) -> None:
    code, duty = next(iter(web_rig.context.policy.duties.items()))
    page = await seen(web_rig, f"/admin/city/duties.csv?row={code}")
    cells = {name: html.unescape(value) for name, value in re.findall(r'name="(cell-\w+)"[^>]*value="([^"]*)"', page)}
    for name, inner in re.findall(
        r'<(?:select|textarea) name="(cell-\w+)"[^>]*>(.*?)</(?:select|textarea)>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        cells[name] = chosen[1] if chosen else html.unescape(inner) if "<option" not in inner else ""
    said = cells["cell-sayings"]
    _, preview = await press(
        web_rig, "/admin/city/duties.csv/preview", row=code, **cells | {"cell-sayings": f"{said}；俺这里有个新说法"}
    )
    assert f"平时怎么说：<del>{html.escape(said)}</del>" in preview
    assert "改了不影响工单" in preview
    # Saved with remarks that make it longer than other forms may be.
    remarks = f"# {'说' * (LARGEST_BODY_BYTES // 3)}\n"
    typed = {"text": remarks + whole(preview), "based_on": field(preview, "based_on"), "reason": "补一句"}
    status, _ = await press(web_rig, "/admin/city/duties.csv", **typed)
    assert status == 303
    await until(lambda: web_rig.context.policy.duties[code].sayings == (*duty.sayings, "俺这里有个新说法"))
    page = await seen(web_rig, "/admin/city/duties.csv?q=新说法")
    assert re.findall(r'<th scope="row">([\w-]+)</th>', page) == [code]
    other = [*web_rig.context.policy.duties][1]
    twice = whole(preview).replace(f"\n{other},", f"\n{code},")
    status, page = await press(web_rig, "/admin/city/duties.csv/preview", text=twice)
    assert (status, f"代码（code）{code} 写了两次" in page) == (422, True)


async def test_what_does_not_fit_is_told_beside_the_text_and_never_stored(web_rig: WebRig) -> None:
    wrong = (await seen(web_rig, "/admin/city/limits.toml")).replace("working_day_ends", "working_day_end")
    status, page = await press(web_rig, "/admin/city/limits.toml/preview", text=whole(wrong))
    assert (status, "limits.toml" in page, "working_day_end" in whole(page)) == (422, True, True)
    assert (await save(web_rig, "limits.toml", page))[0] == 422
    status, page = await press(web_rig, "/admin/city/announcements.toml/preview", text="[[announcement]]\nname = 1\n")
    assert status == 422
    assert "安装时的内容，没有改过" in await seen(web_rig, "/admin/city/limits.toml")


async def test_the_calendar_of_a_year_is_filled_in_as_the_paper_says_it(web_rig: WebRig) -> None:
    rest = "1月1日（周五）至3日（周日）；2027年2月5日至2027年2月11日；4月5日；5月1日至5日；"
    rest += "6月9日，9月15日；10月1日至7日放假"
    days = {"rest_days": rest, "work_days": "2027-02-14", "source": "国办发明电"}
    status, page = await press(web_rig, "/admin/city/calendar.toml/preview", year="2027", **days)
    assert status == 200
    assert "2027年的安排确定后" in page
    assert (await save(web_rig, "calendar.toml", page, reason="国务院办公厅公布"))[0] == 303
    await until(lambda: web_rig.context.city.calendar.is_arranged(2027))
    status, page = await press(
        web_rig, "/admin/city/calendar.toml/preview", year="2027", **days | {"rest_days": "春分"}
    )
    assert (status, "“春分”不是日期" in page) == (422, True)
    status, page = await press(
        web_rig, "/admin/city/calendar.toml/preview", year="2027", **days | {"rest_days": "2027-01-01"}
    )
    assert (status, "法定节假日没有写全" in page) == (422, True)


async def test_whoever_opened_the_page_before_a_colleague_saved_is_told_so(web_rig: WebRig) -> None:
    at = "/admin/city/desk.toml"
    opened = await seen(web_rig, at)
    _, preview = await press(web_rig, f"{at}/preview", text=whole(opened) + "# first\n", based_on="0")
    assert (await save(web_rig, "desk.toml", preview, "甲改的"))[0] == 303
    typed = {"text": whole(opened) + "# second\n", "based_on": field(opened, "based_on")}
    status, told = await press(web_rig, f"{at}/preview", **typed)
    assert (status, "甲改的" in told, "− # first" in told) == (409, True, True)
    assert (await save(web_rig, "desk.toml", told))[0] == 303, "having seen it"
    for page in ("offices.csv?row=" + OFFICE, "announcements.toml", "retention.toml", "calendar.toml"):
        forms = re.findall(
            r'<form method="post" action="[^"]*/preview".*?</form>',
            await seen(web_rig, f"/admin/city/{page}"),
            re.DOTALL,
        )
        assert forms
        assert all('name="based_on"' in form for form in forms), page


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "x", ""])
async def test_what_is_no_number_is_refused_in_words(web_rig: WebRig, number: str) -> None:
    at = "/admin/city/calendar.toml"
    year = {"year": number, "rest_days": "2027-01-01", "source": "示例"}
    assert (await press(web_rig, f"{at}/preview", **year))[0] == 422
    text = whole(await seen(web_rig, at)) + "# x\n"
    assert (await press(web_rig, at, text=text, reason="示例", based_on=number))[0] in (303, 409)
    assert (await press(web_rig, f"{at}/take-back", version=number, reason="示例"))[0] == 404


async def test_a_version_may_be_set_for_later_and_stands_in_the_list_until_then(web_rig: WebRig) -> None:
    page = await seen(web_rig, "/admin/city/limits.toml")
    changed = whole(page).replace("yellow_working_days = 1", "yellow_working_days = 2")
    status, preview = await press(web_rig, "/admin/city/limits.toml/preview", text=changed)
    assert (status, "保持原来的时限" in preview) == (200, True)
    saved = await save(web_rig, "limits.toml", preview, effective_at="2099-01-01T08:00")
    assert saved[0] == 303
    assert "将要生效" in await seen(web_rig, "/admin/city/limits.toml")
    assert web_rig.context.policy.times.yellow_days == 1


async def test_an_announcement_is_made_from_a_form_and_heard_before_it_is_saved(web_rig: WebRig) -> None:
    at = "/admin/city/announcements.toml"
    typed = {"announcement": "+", "text": "因暴雨来电较多，请稍候。", "days": "every day", "source": "防汛指挥部"}
    status, page = await press(web_rig, f"{at}/preview", **typed | {"begins": "22:00", "ends": "06:00"})
    assert status == 200, page
    played = re.search('<audio[^>]* src="([^"]*)"', page)
    assert played, "it can be heard beside the difference"
    sound = await web_rig.ask(Role.ADMINISTRATOR, "GET", html.unescape(played[1]))
    assert (sound.status, sound.headers["Content-Type"], (await sound.read())[:4]) == (200, "audio/wav", b"RIFF")
    assert "Cache-Control" in sound.headers
    assert (await save(web_rig, "announcements.toml", page, "防汛"))[0] == 303
    page = await seen(web_rig, at)
    assert "每天 22:00 至 06:00" in page
    assert "春节期间" in page, "the others stay"
    (name,) = set(re.findall(r"row=([a-z0-9-]+)", page)) - {"spring-festival"}
    status, page = await press(web_rig, f"{at}/preview", announcement=name, remove="yes")
    assert (status, "因暴雨" in page) == (200, True)
    assert (await save(web_rig, "announcements.toml", page, "雨停了"))[0] == 303
    assert "每天 22:00" not in await seen(web_rig, at)


async def test_an_announcement_that_would_never_be_played_is_said(web_rig: WebRig) -> None:
    long = "受连日暴雨影响，今天来电很多，各部门正在全力抢修，请您耐心等待，不要重复拨打，紧急情况请拨打一一零。"
    typed = {"announcement": "+", "text": long, "starts": "2027-07-01T08:00", "until": "2027-07-02T08:00"}
    status, page = await press(web_rig, "/admin/city/announcements.toml/preview", **typed, source="示例")
    assert (status, "最多8秒，不能保存" in page) == (200, True)
    # Saved, it would keep the exchange from taking any announcement at all.
    status, page = await save(web_rig, "announcements.toml", page)
    assert (status, "太长" in page, long in whole(page)) == (422, True, True)
    _, page = await press(web_rig, "/admin/city/announcements.toml/preview", text=whole(page).replace(long, "请稍候。"))
    assert (await save(web_rig, "announcements.toml", page))[0] == 303
    lower = whole(page).replace("longest_seconds = 8", "longest_seconds = 0")
    _, page = await press(web_rig, "/admin/city/announcements.toml/preview", text=lower.replace("= 0.0", "= 0.1"))
    status, page = await save(web_rig, "announcements.toml", page)
    assert (status, "“请稍候。”要" in page) == (422, True), "one that stood there before"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": "", "days": "every day", "source": "示例"}, "请填写公告说什么"),
        ({"text": "。！", "days": "every day", "source": "示例"}, "请填写公告说什么"),
        ({"text": "请稍候", "source": "示例"}, "从什么时候播到什么时候"),
        ({"text": "请稍候", "days": "every day", "source": ""}, "谁要求播的"),
        ({"text": "请稍候", "starts": "2027-07-02T08:00", "until": "2027-07-01T08:00", "source": "示例"}, "until"),
    ],
)
async def test_what_an_announcement_lacks_is_said_beside_it(web_rig: WebRig, typed: dict[str, str], said: str) -> None:
    status, page = await press(web_rig, "/admin/city/announcements.toml/preview", announcement="+", **typed)
    assert (status, said in page) == (422, True)


async def test_retention_is_changed_as_a_version_and_says_what_it_destroys(web_rig: WebRig) -> None:
    at = "/admin/city/retention.toml"
    assert 'name="months" type="number" min="0" max="1200" required value="0"' in await seen(web_rig, at)
    typed = {"months": "36", "spoken_days": "30", "word-outcome.abandoned": "6", "source": "示例规定"}
    status, page = await press(web_rig, f"{at}/preview", **typed)
    assert status == 200, page
    assert "有的期限缩短到6个月" in page
    assert "找不回来" in page
    assert (await save(web_rig, "retention.toml", page, "按规定"))[0] == 303
    page = await seen(web_rig, at)
    assert 'name="months" type="number" min="0" max="1200" required value="36"' in page
    assert 'name="word-outcome.abandoned" type="number" min="0" max="1200" value="6"' in page
    status, page = await press(web_rig, f"{at}/preview", **typed | {"months": "48"})
    assert "缩短" not in page, "longer destroys nothing"
    assert (await press(web_rig, f"{at}/preview", **typed | {"months": "many"}))[0] == 422
    status, page = await press(web_rig, f"{at}/preview", text='[by_word]\n"kind.complainth" = 1\n')
    assert (status, "不是任何一种通话" in page) == (422, True)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("dialling.toml", "allowed = 1\n", "dialling.toml"),
        ("roster.toml", "no_such_thing = 1\n", "roster.toml"),
        ("dispatch.toml", "sure_from = 7\n", "dispatch.toml"),
    ],
)
async def test_a_mistake_in_any_file_that_is_changed_on_screen_is_named(
    web_rig: WebRig, file: str, text: str, said: str
) -> None:
    status, page = await press(web_rig, f"/admin/city/{file}/preview", text=text)
    assert (status, said in page) == (422, True)


async def test_taking_back_a_version_does_not_shorten_retention_unasked(web_rig: WebRig) -> None:
    at = "/admin/city/retention.toml"
    for months in ("12", "0", "60"):
        _, page = await press(web_rig, f"{at}/preview", months=months, spoken_days="30", source="示例规定")
        assert (await save(web_rig, "retention.toml", page, "示例"))[0] == 303
    version = field(await seen(web_rig, at), "version")
    assert (await press(web_rig, f"{at}/take-back", version=version, reason="示例"))[0] == 303, "longer again: for ever"
    _, page = await press(web_rig, f"{at}/preview", months="12", spoken_days="30", source="示例规定")
    assert (await save(web_rig, "retention.toml", page, "示例"))[0] == 303
    _, page = await press(web_rig, f"{at}/preview", months="24", spoken_days="30", source="示例规定")
    assert (await save(web_rig, "retention.toml", page, "示例"))[0] == 303
    version = field(await seen(web_rig, at), "version")
    status, page = await press(web_rig, f"{at}/take-back", version=version, reason="示例")
    assert (status, "撤回会缩短保存期限" in page, "找不回来" in page) == (422, True, True)
    assert field(await seen(web_rig, at), "version") == version, "nothing was stored"


async def test_an_announcement_that_cannot_be_heard_keeps_its_text(web_rig: WebRig) -> None:
    row = '[[announcement]]\nname = "a"\ntext = "示例"\nrecorded = "no-such"\ndays = "every day"\nsource = "示例"\n'
    status, page = await press(web_rig, "/admin/city/announcements.toml/preview", text=row)
    assert (status, "没有录音 no-such" in page) == (422, True)
    assert 'recorded = "no-such"' in whole(page)


async def test_a_shorter_time_typed_beside_the_effects_is_shown_with_its_own_first(web_rig: WebRig) -> None:
    at = "/admin/city/retention.toml"
    _, page = await press(web_rig, f"{at}/preview", months="60", spoken_days="30", source="示例规定")
    status, page = await save(web_rig, "retention.toml", page, text="months = 1\n")
    assert (status, "还没有看过它的影响" in page, "缩短到1个月" in page) == (422, True, True)
    status, page = await save(web_rig, "retention.toml", page, text="months = one\n")
    assert status == 422, "named as any mistake"
    _, page = await press(web_rig, f"{at}/preview", text="months = 1\n")
    assert (await save(web_rig, "retention.toml", page))[0] == 303
