"""Orders of a former system on a real database: tried without a trace, taken over once, whatever happens meanwhile."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict
from dispatch.assignments.models import CrewSearch
from dispatch.city.organisation import import_city
from dispatch.clock.models import CustodyPeriod
from dispatch.follow_up.models import FollowUp
from dispatch.former import carry_on as carrying
from dispatch.former.fields import FormerField as F
from dispatch.former.files import (
    begin_check,
    begin_takeover,
    count_outcomes,
    get_file,
    left_out,
    present_mapping,
    remove_file,
    save_columns,
)
from dispatch.former.models import FileState, FormerFile, FormerRow
from dispatch.intake.caller_history import orders_of_number
from dispatch.kinds import Channel
from dispatch.notifications.models import Notification
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import Assignment
from dispatch.orders.listing import Filter, list_orders
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.policy import Policy
from dispatch.routing.office_evidence import load_evidence
from dispatch.steps.take import take_step
from dispatch.workflow import Role, State, Step
from tests.support import former_files
from tests.support.former_export import ENDED, HEADS, as_csv, former_rows, write_xlsx

ADMIN = Actor(77, Role.ADMINISTRATOR, "管理员示例")


@pytest.fixture(scope="module", autouse=True)
async def offices(sessions: Sessions, policy: Policy) -> None:
    async with transaction(sessions) as session:
        await import_city(session, policy.city)


async def upload(sessions: Sessions, policy: Policy, content: bytes, system: str) -> int:
    return await former_files.upload(sessions, lambda: policy.city, content, system, ADMIN)


async def tried(sessions: Sessions, policy: Policy, content: bytes, system: str) -> int:
    return await former_files.tried(sessions, lambda: policy.city, content, system, ADMIN)


async def taken(sessions: Sessions, policy: Policy, content: bytes, system: str) -> int:
    return await former_files.taken(sessions, lambda: policy.city, content, system, ADMIN)


async def carry_on(sessions: Sessions, policy: Policy, file_id: int) -> None:
    await carrying.carry_on(sessions, lambda: policy.city, file_id, clock.now)


async def outcomes(sessions: Sessions, file_id: int) -> dict[str, int]:
    async with sessions() as session:
        file = await get_file(session, file_id)
        return dict(file.counts or await count_outcomes(session, file_id))


async def orders(sessions: Sessions, system: str) -> Sequence[Order]:
    async with sessions() as session:
        return (await session.scalars(select(Order).where(Order.former_system == system).order_by(Order.id))).all()


async def count(sessions: Sessions, *models: Any) -> list[int]:
    async with sessions() as session:
        return [await session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


ENDED_ROWS = [row for row in former_rows(40) if row[HEADS.index("流程状态")] in ENDED]


async def test_a_dry_run_says_what_would_become_of_each_row_and_stores_no_order(
    sessions: Sessions, policy: Policy
) -> None:
    before = await count(sessions, Order, OrderStep)
    rows = former_rows(40)
    rows[3][1] = "前天下午"
    rows[6] = list(rows[5])
    rows.insert(20, list(HEADS))
    file_id = await tried(sessions, policy, as_csv(rows, "gb18030"), "试算系统")
    assert await count(sessions, Order, OrderStep) == before
    found = await outcomes(sessions, file_id)
    assert found["wrong"] == 2
    assert found["head"] == 1
    assert found["new"] + found["wrong"] + found["unfinished"] == 40
    assert found["unfinished"] > 0
    async with sessions() as session:
        wrong = await left_out(session, await get_file(session, file_id), limit=99)
    said = {(row.row, fault["field"], fault["wrong"]) for row in wrong for fault in row.faults}
    assert (5, "受理时间", "看不懂这个时间") in said, "its number in the file, the heads being row 1"
    assert (8, "原系统编号", "和第7行的编号相同") in said
    assert all(fault["mend"] for row in wrong for fault in row.faults)


async def test_finished_orders_come_over_as_they_were_and_start_nothing(
    sessions: Sessions, policy: Policy, tmp_path: Path
) -> None:
    started = (Assignment, CustodyPeriod, CrewSearch, FollowUp, Notification)
    before = await count(sessions, *started)
    content = write_xlsx(tmp_path / "a.xlsx", former_rows(40)).read_bytes()
    file_id = await taken(sessions, policy, content, "旧平台甲")
    stored = await orders(sessions, "旧平台甲")
    assert len(stored) == len(ENDED_ROWS) == (await outcomes(sessions, file_id))["taken"]
    assert await count(sessions, *started) == before
    first = stored[0]
    assert (first.former_number, first.state, first.channel) == (ENDED_ROWS[0][0], State.CLOSED, first.channel)
    assert first.received_at == dt.datetime(2021, 3, 1, 0, 37, tzinfo=dt.UTC)
    assert first.number.startswith("QF20210301-")
    assert all(one.next_due_at is None and one.finish_due_at is None and one.closed_at for one in stored)
    assert len({one.number for one in stored}) == len({one.family_id for one in stored}) == len(stored)
    async with sessions() as session:
        steps = (await session.scalars(select(OrderStep).where(OrderStep.order_id == first.id))).all()
        assert [(one.step, one.actor_name) for one in steps] == [(Step.CREATE, ADMIN.name)]
        assert "从原系统“旧平台甲”转入，原系统编号 2021-000001" in steps[0].reason
        assert "坐席工号：8001" in steps[0].reason
        assert (
            await session.scalar(select(func.count()).where(FormerRow.file_id == file_id, FormerRow.cells != [])) == 0
        )


async def test_a_second_time_doubles_nothing_and_names_what_changed(sessions: Sessions, policy: Policy) -> None:
    rows = former_rows(20, seed=3)
    first = await taken(sessions, policy, as_csv(rows), "旧平台乙")
    stored = await orders(sessions, "旧平台乙")
    rows[0][HEADS.index("诉求正文")] = "内容改过"
    again = await tried(sessions, policy, as_csv(rows), " 旧平台乙 ")
    found = await outcomes(sessions, again)
    assert (found["known"], found["changed"], found.get("new", 0)) == (len(stored) - 1, 1, 0)
    with pytest.raises(BadInput, match="没有可以转入"):
        async with transaction(sessions) as session:
            await begin_takeover(session, again, ADMIN)
    assert [(one.id, one.matter) for one in await orders(sessions, "旧平台乙")] == [(o.id, o.matter) for o in stored]
    other = await taken(sessions, policy, as_csv(rows), "另一个系统")
    assert (await outcomes(sessions, other))["taken"] == len(stored), "numbers of another system are other orders"
    async with transaction(sessions) as session:
        await remove_file(session, first)
    assert len(await orders(sessions, "旧平台乙")) == len(stored)


async def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_and_the_next_goes_on(
    sessions: Sessions, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "TAKEN_AT_ONCE", 10)
    monkeypatch.setattr(carrying, "CHECKED_AT_ONCE", 7)
    file_id = await tried(sessions, policy, as_csv(former_rows(40)), "旧平台丙")
    async with transaction(sessions) as session:
        await begin_takeover(session, file_id, ADMIN)
    store, calls = carrying._store_outcomes, 0

    async def dies(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError("the worker is gone, after it stored orders and before it committed")
        await store(*arguments)

    monkeypatch.setattr(carrying, "_store_outcomes", dies)
    with pytest.raises(ConnectionError):
        await carry_on(sessions, policy, file_id)
    assert len(await orders(sessions, "旧平台丙")) == 10
    await carry_on(sessions, policy, file_id)
    assert [one.former_number for one in await orders(sessions, "旧平台丙")] == [row[0] for row in ENDED_ROWS]
    async with sessions() as session:
        assert (await get_file(session, file_id)).state is FileState.DONE
    await carry_on(sessions, policy, file_id)
    assert len(await orders(sessions, "旧平台丙")) == len(ENDED_ROWS)


async def test_they_are_found_by_number_by_words_and_as_a_precedent(sessions: Sessions, policy: Policy) -> None:
    await taken(sessions, policy, as_csv(former_rows(40)), "旧平台丁")
    stored = {one.former_number: one for one in await orders(sessions, "旧平台丁")}
    secret = next(one for one in stored.values() if one.confidential)
    async with sessions() as session:
        by_phone = await orders_of_number(session, "+86 139 0000 0001", limit=99)
        assert stored["2021-000001"].id in {one.id for one in by_phone}
        by_number = await list_orders(session, Filter(text="2021-000002"))
        assert stored["2021-000002"].id in {one.id for one in by_number.orders}
        text = await session.scalar(select(Order.search_text).where(Order.id == secret.id))
        assert secret.title in (text or "")
        assert secret.citizen_phone not in (text or "")
        led = next(one for one in stored.values() if one.subject == "street-lamp" and one.lead_office_code)
        matter = ("street-lamp", led.place_town)
        evidence = await load_evidence(session, {matter}, past=99)
        assert evidence[matter].led["street-lighting"] > 0


async def test_they_are_only_read(sessions: Sessions, policy: Policy) -> None:
    await taken(sessions, policy, as_csv(former_rows(4)), "旧平台戊")
    order = (await orders(sessions, "旧平台戊"))[0]
    coordinator = Actor(2, Role.COORDINATOR, "管理员示例")
    for actor in (coordinator, Actor(None, Role.SYSTEM, "系统")):
        with pytest.raises(Conflict, match="只供查阅"):
            async with transaction(sessions) as session:
                await take_step(
                    session, policy, order.id, Step.REOPEN, actor=actor, at=clock.now(), fields={"reason": "再办"}
                )
    async with transaction(sessions) as session:
        fields = {"reason": "来电人要求保密"}
        await take_step(
            session, policy, order.id, Step.PROMISE_SECRECY, actor=coordinator, at=clock.now(), fields=fields
        )
    assert (await orders(sessions, "旧平台戊"))[0].confidential


async def test_what_was_done_there_is_a_reply_without_marks(sessions: Sessions, policy: Policy) -> None:
    heads = [*HEADS[:-1], "办理情况"]
    rows = [[*row[:-1], "换了灯泡"] for row in former_rows(2)]
    file_id = await upload(sessions, policy, as_csv(rows, heads=heads), "旧平台己")
    async with sessions() as session:
        file = await get_file(session, file_id)
        assert present_mapping(file).columns[-1] is F.DONE, "guessed by its name"
        assert not file.confirmed
    with pytest.raises(Conflict, match="请先核对各列"):
        async with transaction(sessions) as session:
            await begin_check(session, file_id, {})
    with pytest.raises(BadInput, match="没有选哪一列是"):
        async with transaction(sessions) as session:
            await save_columns(session, file_id, [None] * len(heads), Channel.HOTLINE, policy.city)
    heads[-1] = "经办情况"
    await taken(sessions, policy, as_csv(rows, heads=heads), "旧平台己")
    async with sessions() as session:
        ids = select(Order.id).where(Order.former_system == "旧平台己")
        replies = (await session.scalars(select(Reply).where(Reply.order_id.in_(ids)))).all()
    assert {(one.done, tuple(one.marks)) for one in replies} == {("换了灯泡", ())}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "旧格式的 Excel"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "其实是网页"),
        (b"PK\x03\x04" + b"x" * 600, "读不出来"),
        ("编号,受理时间,内容\n".encode(), "只有列名"),
        (b"1,2,3\n4,5,6\n", "找不到列名"),
        (b"\n\n", "是空的"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    sessions: Sessions, policy: Policy, content: bytes, words: str
) -> None:
    file_id = await upload(sessions, policy, content, "坏文件")
    async with sessions() as session:
        file = await get_file(session, file_id)
        assert file.state is FileState.UNREADABLE
        assert words in file.fault
        assert await session.scalar(select(func.count()).where(FormerRow.file_id == file_id)) == 0


async def test_a_file_is_removed_while_nobody_works_on_it_only(sessions: Sessions, policy: Policy) -> None:
    file_id = await tried(sessions, policy, as_csv(former_rows(3)), "删去")
    async with transaction(sessions) as session:
        await begin_takeover(session, file_id, ADMIN)
    with pytest.raises(Conflict, match="等它做完"):
        async with transaction(sessions) as session:
            await remove_file(session, file_id)
    async with transaction(sessions) as session:
        await session.execute(update(FormerFile).where(FormerFile.id == file_id).values(state=FileState.DONE))
        await remove_file(session, file_id)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).where(FormerRow.file_id == file_id)) == 0
