"""The knowledge base over the API: written in versions, found in Chinese, proposed by the call, used and doubted."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from core import clock
from core.clock import in_city
from core.database import transaction
from dispatch.workflow import Role
from knowledge.models import Article
from knowledge.samples import import_samples, load_samples
from tests.support.calls import ring
from tests.support.orders import fill_in
from tests.support.requests import post, refused
from tests.support.web_rig import QUFU, WebRig

TODAY = in_city(clock.now()).date()
HOUSEHOLD = {
    "title": "户口被注销怎么恢复登记",
    "body": "本人到**原派出所**办理。\n\n1. 填表\n2. 核实",
    "bring": ["身份证", "注销证明"],
    "source": "示例文件〔2026〕1号",
    "subjects": ["household-registration"],
    "office_code": "public-security",
    "valid_from": str(TODAY - dt.timedelta(days=30)),
    "review_on": str(TODAY + dt.timedelta(days=90)),
}


@pytest.fixture(scope="module")
async def household(web_rig: WebRig) -> int:
    return int((await write(web_rig, HOUSEHOLD))["id"])


async def write(web_rig: WebRig, body: dict[str, Any], path: str = "") -> Any:
    return await post(web_rig, Role.COORDINATOR, f"/api/knowledge{path}", body)


async def found(web_rig: WebRig, words: str, **more: Any) -> list[str]:
    answer = await web_rig.get(Role.AGENT, "/api/knowledge", params={"q": words, **more})
    return [one["title"] for one in answer["articles"]]


@pytest.mark.parametrize("words", ["户口", "恢复登记 户口", "派出所", "注销证明", "户"])
async def test_an_article_is_found_by_any_words_of_title_body_and_papers(
    web_rig: WebRig, household: int, words: str
) -> None:
    assert HOUSEHOLD["title"] in await found(web_rig, words)
    assert HOUSEHOLD["title"] not in await found(web_rig, words + " 路灯")


async def test_a_change_is_a_new_version_and_the_old_one_stays_as_it_was(web_rig: WebRig) -> None:
    first = await write(web_rig, HOUSEHOLD | {"title": "图书馆几点开门", "body": "九点。", "bring": []})
    second = await write(
        web_rig, HOUSEHOLD | {"title": "图书馆几点开门", "body": "八点半。", "version": 1}, f"/{first['id']}"
    )
    assert (second["version"], second["latest"]) == (2, 2)
    old = await web_rig.get(Role.AGENT, f"/api/knowledge/{first['id']}", params={"version": 1})
    assert (old["body"], old["latest"]) == ("九点。", 2)
    status, answer = await refused(
        web_rig, Role.COORDINATOR, f"/api/knowledge/{first['id']}", HOUSEHOLD | {"version": 1}
    )
    assert status == 409
    assert "刚刚被别人改过" in answer
    async with web_rig.context.sessions() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text("UPDATE article_versions SET body = '改写'"))


async def test_what_is_being_said_proposes_the_article_and_one_click_answers_and_closes(
    web_rig: WebRig, household: int
) -> None:
    number = await ring(web_rig, "qufu-750.1", "13300000050", answered=True)
    await fill_in(web_rig, number, matter="我在外地三十年，回来发现户口被注销了，怎么恢复？")
    answer = await web_rig.ask(Role.AGENT, "GET", "/desk/knowledge?call=qufu-750.1")
    assert HOUSEHOLD["title"] in await answer.text()
    assert "已这样答复，办结" in await answer.text()
    known = await web_rig.get(Role.AGENT, f"/api/knowledge/{household}")
    body = {"article": household, "version": known["version"]}
    order = await post(web_rig, Role.AGENT, "/api/calls/qufu-750.1/answer", body)
    assert order["state"] == "closed"
    assert order["public_answer"] == (
        "本人到原派出所办理。\n1. 填表\n2. 核实\n需要带的材料（一次性告知）：\n1. 身份证\n2. 注销证明"
    )
    assert (order["kind"], order["subject"], order["title"]) == (
        "consultation", "household-registration", f"咨询：{HOUSEHOLD['title']}",
    )  # fmt: skip
    assert order["matter"].startswith("我在外地三十年")
    step = next(row for row in order["history"] if row["step"] == "answer")
    assert step["details"]["article"] == f"知识库 {household} 号文章第{known['version']}版《{HOUSEHOLD['title']}》"
    assert (await refused(web_rig, Role.AGENT, "/api/calls/qufu-750.1/answer", body))[0] == 409


async def test_an_answer_rests_on_the_version_that_was_read_and_only_while_it_is_valid(web_rig: WebRig) -> None:
    over = {"valid_until": str(TODAY - dt.timedelta(days=1)), "valid_from": str(TODAY - dt.timedelta(days=9))}
    article = await write(web_rig, HOUSEHOLD | over | {"title": "过期的补贴办法"})
    await ring(web_rig, "qufu-751.1", "13300000051", answered=True)
    for version, wrong in ((2, "刚刚更新过"), (1, "不在有效期内")):
        body = {"article": article["id"], "version": version}
        status, answer = await refused(web_rig, Role.AGENT, "/api/calls/qufu-751.1/answer", body)
        assert status == 409
        assert wrong in answer
    assert await found(web_rig, "补贴办法") == []
    assert await found(web_rig, "补贴办法", all="true") == ["过期的补贴办法"]


async def test_an_agent_says_it_is_out_of_date_and_the_editors_see_it_until_it_is_written_anew(
    web_rig: WebRig,
) -> None:
    article = await write(web_rig, HOUSEHOLD | {"title": "公交卡在哪里办"})
    path = f"/api/knowledge/{article['id']}"
    assert (await refused(web_rig, Role.AGENT, f"{path}/report", {"version": 1, "note": " "}))[0] == 422
    await post(web_rig, Role.AGENT, f"{path}/report", {"version": 1, "note": "网点上月搬了"})
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/knowledge")).text()
    assert "请编辑核对" in page
    assert "1人说过时" in page
    assert "请编辑核对" not in await (await web_rig.ask(Role.AGENT, "GET", "/knowledge")).text()
    (said,) = (await web_rig.get(Role.AGENT, path))["open_reports"]
    assert (said["note"], said["by"]) == ("网点上月搬了", "林示例")
    await write(web_rig, HOUSEHOLD | {"title": "公交卡在哪里办", "version": 1}, f"/{article['id']}")
    assert (await web_rig.get(Role.AGENT, path))["open_reports"] == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"title": " "}, "请填写标题"), ({"body": ""}, "请填写答复的内容"), ({"source": ""}, "请写明依据"),
        ({"valid_until": str(TODAY - dt.timedelta(days=99))}, "失效日期不能早于生效日期"),
        ({"subjects": ["no-such"]}, "没有这个事项类别"), ({"office_code": "no-such"}, "没有这个单位"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_article_is_said(web_rig: WebRig, change: dict[str, Any], wrong: str) -> None:
    status, answer = await refused(web_rig, Role.COORDINATOR, "/api/knowledge", HOUSEHOLD | change)
    assert status == 422
    assert wrong in answer


async def test_only_editors_write(web_rig: WebRig) -> None:
    assert (await refused(web_rig, Role.AGENT, "/api/knowledge", HOUSEHOLD))[0] == 403


async def test_the_sample_articles_go_into_an_empty_base_only_and_name_the_citys_subjects(
    web_rig: WebRig, household: int
) -> None:
    city, samples = web_rig.context.city, load_samples(Path(QUFU) / "knowledge.toml")
    assert len(samples) >= 5
    for sample in samples:
        assert set(sample.subjects) <= city.subjects.keys()
        assert not sample.office or sample.office in city.offices
        assert "示例数据" in sample.source
    async with transaction(web_rig.context.sessions) as session:
        assert await import_samples(session, samples, at=clock.now()) == 0
        before = await session.scalar(select(func.count()).select_from(Article))
        assert before
