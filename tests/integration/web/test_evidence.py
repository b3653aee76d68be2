"""The evidence file: what it is made of, its row in the ledger, and a changed copy that is found out."""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from access.accounts.sessions import Me
from access.visibility.evidence_ledger import EvidenceFile
from core import clock
from core.database import transaction
from dispatch.steps.take import find_order
from dispatch.workflow import Role
from hotline.operations.evidence import verify_evidence
from tests.support.web_rig import WebRig
from web.evidence import views
from web.evidence.pdf import Checksum, Evidence, Printed, PrintedRow, find_font, make_pdf
from web.evidence.presenter import find_evidence, gather

AT = dt.datetime(2026, 11, 21, 6, 3, tzinfo=dt.UTC)
PRINTED = Printed("周示例（市级管理员，coordinator）", AT, "20261121140300-7-A1B2C3")
EVIDENCE = Evidence(
    installation="曲阜市马上就办一线通",
    number="QF20261121-0042-2",
    title="神道路中段路灯不亮",
    facts=[("状态", "已办结"), ("诉求人", "王**")],
    matter="路灯昨天晚上不亮了。",
    timeline=[PrintedRow(AT, "1分钟后", "签收", "郑示例", "已到现场。")],
    replies=[("2026-11-21 14:00", "更换灯头一只。", "您反映的路灯已修复。")],
    checksums=[Checksum("通话录音，28.0秒", "ab" * 32), Checksum("一通电话的录音：未列出", "")],
)
ME = Me(2, "coordinator", "周示例", Role.COORDINATOR)


def test_the_same_words_by_the_same_hand_give_the_same_bytes() -> None:
    made = make_pdf(EVIDENCE, PRINTED, find_font())
    assert made == make_pdf(EVIDENCE, PRINTED, find_font())
    assert made != make_pdf(EVIDENCE, replace(PRINTED, by="许示例（督查，supervisor）"), find_font())


def test_an_order_of_which_nothing_is_known_is_printed_too() -> None:
    empty = Evidence("曲阜市马上就办一线通", "QF20261121-0042-2", "", [], "", [], [], [])
    assert make_pdf(empty, PRINTED, find_font()).startswith(b"%PDF-")


async def test_it_holds_story_reply_and_checksums_and_the_citizen_masked(web_rig: WebRig) -> None:
    async with web_rig.context.sessions() as session:
        lamp = await find_order(session, web_rig.sample.lamp)
        done = await find_order(session, web_rig.sample.done)
        assert lamp is not None
        assert done is not None
        found = await gather(session, web_rig.context.policy, ME, lamp, at=clock.now())
        replied = await gather(session, web_rig.context.policy, ME, done, at=clock.now())
    assert (dict(found.facts)["诉求人"], dict(found.facts)["电话"]) == ("王**", "138****0042")
    result = await web_rig.get(Role.COORDINATOR, "/api/calls/qufu-100.1")
    assert result["recordings"][0]["sha256"] in [one.sha256 for one in found.checksums]
    assert any(one.what.startswith("转写") and len(one.sha256) == 64 for one in found.checksums)
    assert any("录音文件缺失" in one.what and not one.sha256 for one in found.checksums)
    assert [row.at for row in found.timeline] == sorted(row.at for row in found.timeline)
    ((_, what, answer),) = replied.replies
    assert (what, answer) == ("更换灯头一只，试亮正常。", "您反映的路灯已于当晚修复，感谢您的监督。")


async def test_of_a_secret_citizen_it_names_neither_him_nor_his_recording(web_rig: WebRig) -> None:
    async with web_rig.context.sessions() as session:
        order = await find_order(session, web_rig.sample.secret)
        assert order is not None
        found = await gather(session, web_rig.context.policy, replace(ME, role=Role.SUPERVISOR), order, at=clock.now())
    assert "13900000777" not in str(found)
    assert "保密示例" not in str(found)
    assert dict(found.facts)["诉求人"] == "要求保密"


async def test_what_left_the_installation_is_in_the_ledger_and_a_changed_copy_is_not(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.done}/evidence"
    answer = await web_rig.ask(Role.COORDINATOR, "GET", f"{path}.pdf")
    file = await answer.read()
    assert (answer.status, answer.content_type) == (200, "application/pdf")
    (row,) = (await web_rig.get(Role.SUPERVISOR, path))["files"]
    assert (row["display_name"], row["size_bytes"]) == ("周示例", len(file))
    async with web_rig.context.sessions() as session:
        known = await find_evidence(session, hashlib.sha256(file).hexdigest())
        assert known is not None
        assert (known.serial, known.order_number) == (row["serial"], web_rig.sample.done)
        assert await find_evidence(session, hashlib.sha256(file[:-1]).hexdigest()) is None


async def test_a_changed_copy_and_a_changed_recording_are_named(
    web_rig: WebRig, database_url: str, tmp_path: Path
) -> None:
    settings = web_rig.context.settings.model_copy(update={"database_url": database_url})
    answer = await web_rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{web_rig.sample.lamp}/evidence.pdf")
    data, file, sound = await answer.read(), tmp_path / "turned-up.pdf", settings.recordings / "archive/2026/11/21"
    file.write_bytes(data)
    good = await verify_evidence(settings, file)
    assert (good.genuine, good.changed) == (True, [])
    assert web_rig.sample.lamp in good.words
    assert "周示例" in good.words
    (recorded,) = good.kept
    assert recorded.startswith("通话录音")
    file.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    changed = await verify_evidence(settings, file)
    assert not changed.genuine
    assert f"It says that it is order {web_rig.sample.lamp}" in changed.words
    file.write_bytes(data)
    (flac,) = sound.iterdir()
    before = flac.read_bytes()
    for what, words in ((before[:500] + bytes([before[500] ^ 1]) + before[501:], "文件已被改动"), (None, "不在了")):
        flac.unlink() if what is None else flac.write_bytes(what)
        said = await verify_evidence(settings, file)
        assert (said.genuine, said.kept) == (True, [])
        (named,) = said.changed
        assert named.startswith(recorded)
        assert words in named
    flac.write_bytes(before)
    assert (await verify_evidence(settings, file)).changed == []


@pytest.mark.parametrize("statement", ["UPDATE evidence_files SET sha256 = ''", "DELETE FROM evidence_files"])
async def test_the_ledger_is_never_rewritten(web_rig: WebRig, statement: str) -> None:
    await web_rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{web_rig.sample.done}/evidence.pdf")
    with pytest.raises(DBAPIError, match="append-only"):
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(text(statement))


Drawn = list[tuple[int, float, str]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Each line as it was set: page, millimetres from the top, text."""
    lines: Drawn = []
    real = FPDF.text

    def text_at(self: FPDF, x: float, y: float, text: str = "") -> None:
        lines.append((self.page_no(), y, text))
        real(self, x, y, text)

    monkeypatch.setattr(FPDF, "text", text_at)
    return lines


LONG = (
    "我们于当日（十一月二十一日）上午到达现场，经核查：《城市照明管理规定》所列灯具共12盏，其中3盏不亮；"
    "已更换灯头3只、电缆15.5米。“请放心”，后续每周巡查——如有问题……请拨打12345。"
)
TEXTS = {
    "a reply of 1,200 signs": LONG * 15,
    "10,000 signs": (LONG * 200)[:10_000],
    "10,000 stops": "。" * 10_000,
    "one word of 10,000 signs": "1" * 10_000,
    "an address of 2,000 signs": "https://example.invalid/" + "a" * 2_000,
    "51 lines": "\n".join(f"第{line}行" for line in range(51)),
    "2,000 empty lines": "\n" * 2_000,
    "10,000 blanks": " " * 10_000,
    "signs of no font": "\U0001f600\U0001f468\u200d\U0001f469\u202e\u0627\u0301\x07" * 500,
}


@pytest.mark.parametrize("said", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_of_any_length_prints_over_pages_wherever_it_stands(said: str, drawn: Drawn) -> None:
    long = replace(
        EVIDENCE, title=said[:200], matter=said, facts=[("地点", said)], replies=[(said[:200], said, said)],
        timeline=[PrintedRow(AT, "", said[:300], said[:100], said)], checksums=[Checksum(said[:300], "ab" * 32)],
    )  # fmt: skip
    made = make_pdf(long, PRINTED, find_font())
    first = list(drawn)
    drawn.clear()
    assert make_pdf(long, PRINTED, find_font()) == made
    assert first == drawn
    assert all(y <= 297 - 20 or y >= 297 - 12 for _, y, _ in drawn)
    assert not any(line[0] in "。，、；：？！）》" for _, _, line in drawn if line.strip("。"))
    assert not any(line[-1] in "（《“" for _, _, line in drawn)


def test_nothing_of_a_long_timeline_is_lost_and_its_heads_stand_on_each_page(drawn: Drawn) -> None:
    rows = [
        PrintedRow(AT, f"{row}分钟后", "签收", "郑示例", "、".join(f"{row}-{part}" for part in range(row)))
        for row in range(90)
    ]
    many = [Checksum(f"附件 照片{one}.jpg", f"{one:064x}") for one in range(400)]
    make_pdf(replace(EVIDENCE, timeline=rows, checksums=many), PRINTED, find_font())
    result = "".join(line for _, _, line in drawn)
    cells = "".join(line for _, _, line in drawn if set(line) <= set("0123456789-、"))
    assert all("、".join(f"{row}-{part}" for part in range(row)) in cells for row in range(1, 90))
    assert all(f"附件 照片{one}.jpg" in result and f"{one:064x}"[32:] in result for one in range(400))
    pages = {page for page, _, line in drawn if line == "间隔"}
    assert pages >= {page for page, _, line in drawn if line.endswith("分钟后")}
    assert len(pages) > 5


def test_a_text_cannot_speak_for_the_page_numbers(drawn: Drawn) -> None:
    made = make_pdf(replace(EVIDENCE, matter="共{nb}页 \U0010fffd" + "\U0010fffd" * 3), PRINTED, find_font())
    lines = [line for _, _, line in drawn]
    assert "共{nb}页 〔U+10FFFD U+10FFFD U+10FFFD U+10FFFD〕" in lines
    assert made.startswith(b"%PDF-")


async def test_an_order_with_the_longest_reply_that_may_be_given_is_printed(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        order = await find_order(session, web_rig.sample.done)
        assert order is not None
        order.matter = LONG * 60
    answer = await web_rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{web_rig.sample.done}/evidence.pdf")
    assert (answer.status, answer.content_type) == (200, "application/pdf")


async def test_a_link_that_is_followed_again_and_again_does_not_fill_the_ledger(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/orders/{web_rig.sample.fresh}/evidence.pdf"
    async with web_rig.context.sessions() as session:
        by_him = await session.scalars(select(EvidenceFile).where(EvidenceFile.account_name == "admin"))
        monkeypatch.setattr(views, "AN_HOUR", len(by_him.all()) + 1)
    answer = [(await web_rig.ask(Role.ADMINISTRATOR, "GET", path)).status for _ in range(3)]
    assert answer == [200, 429, 429]
