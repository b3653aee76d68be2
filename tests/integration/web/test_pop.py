"""The screen pop, joining, dispositions and the block list over the API, with real rows."""

import asyncio
import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import event, select, update

from core import bus, clock
from core.database import transaction
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.workflow import Role
from telephony.blocking.files import BlockFiles
from telephony.calls.call_state import CallState, Outcome
from telephony.calls.models import Call, Leg
from tests.conftest import until
from tests.support.calls import hear, ring
from tests.support.orders import fill_in
from tests.support.requests import post, refused
from tests.support.sample import LAMP
from tests.support.web_rig import WebRig

LAMP_CALLER = "13800000042"
WRONG_WAY = {"matter": "井盖", "title": "井盖"}


async def test_before_anybody_answers_the_number_tells_his_orders_and_how_often_he_called(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-700.1", f"+86{LAMP_CALLER}")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-700.1/pop")
    assert (pop["number"], pop["number_type"], pop["answered"], pop["order"]) == ("138 0000 0042", "手机", False, None)
    assert pop["name"] == "王示例"
    assert [order["number"] for order in pop["earlier"]] == [web_rig.sample.lamp]
    assert pop["earlier"][0]["state_name"] == "办理中"
    assert pop["earlier"][0]["lamp"]
    assert (pop["calls_today"] + pop["calls_7_days"], pop["calls_30_days"], pop["often"]) >= (1, 1, False)
    assert not pop["can_dispose"]


async def test_his_place_shows_what_is_open_nearby_and_not_his_own_again(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-701.1", "15300001111", answered=True)
    number = (await web_rig.get(Role.AGENT, "/api/calls/qufu-701.1/pop"))["order"]
    await fill_in(web_rig, number, place_town="lucheng", place="神道路中段", subject="street-lamp", title="路灯")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-701.1/pop")
    assert web_rig.sample.lamp in [order["number"] for order in pop["nearby"]]
    assert pop["earlier"] == []


async def test_what_an_agent_answered_and_nobody_registered_is_named_on_his_desk(web_rig: WebRig) -> None:
    at = clock.now()
    number = await ring(web_rig, "qufu-691.1", "15300001112", answered=True, ended_at=at)
    going_on = await ring(web_rig, "qufu-691.2", "15300001113", answered=True)
    mine = await (await web_rig.ask(Role.AGENT, "GET", "/desk/unregistered")).text()
    assert number in mine
    assert "/calls/qufu-691.1" in mine
    assert going_on not in mine
    await post(web_rig, Role.AGENT, "/api/calls/qufu-691.1/disposition", {"disposition": "silent"})
    assert number not in await (await web_rig.ask(Role.AGENT, "GET", "/desk/unregistered")).text()


async def test_a_withheld_number_is_said_and_matches_nobody(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-702.1", "")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-702.1/pop")
    assert (pop["number"], pop["earlier"], pop["calls_30_days"], pop["can_block"]) == ("", [], 0, False)


async def test_an_order_that_mentions_the_number_is_a_maybe(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-703.1", "13300000001", answered=True)
    number = (await web_rig.get(Role.AGENT, "/api/calls/qufu-703.1/pop"))["order"]
    await fill_in(web_rig, number, matter="井盖没了，请联系我儿子 156-0000-7777。")
    await ring(web_rig, "qufu-704.1", "015600007777")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-704.1/pop")
    assert [order["number"] for order in pop["maybe"]] == [number]


async def test_abandoned_calls_count_for_who_calls_again_and_again(web_rig: WebRig) -> None:
    for nth in range(2):
        at = clock.now() - dt.timedelta(hours=nth)
        await ring(web_rig, f"qufu-705.{nth}", "13300000005", outcome=Outcome.ABANDONED, ended_at=at)
    await ring(web_rig, "qufu-706.1", "13300000005")
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-706.1/pop")
    assert (pop["calls_30_days"], pop["abandoned_30_days"], pop["often"]) == (2, 2, True)


async def test_who_may_not_know_a_reporter_does_not_find_his_order_by_his_number(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-707.1", "13900000777")
    known = await web_rig.get(Role.AGENT, "/api/calls/qufu-707.1/pop")
    assert [order["number"] for order in known["earlier"]] == [web_rig.sample.secret]
    assert known["name"] == ""
    watched = await web_rig.get(Role.SUPERVISOR, "/api/calls/qufu-707.1/pop")
    assert (watched["earlier"], watched["number"]) == ([], "139****0777")
    hidden = await web_rig.get(Role.SUPERVISOR, "/api/calls/qufu-104.1/pop")
    assert (hidden["hidden"], hidden["number"], hidden["earlier"]) == (True, "", [])


async def test_who_may_learn_of_unnamed_citizens_is_told_of_a_named_one_covered_and_not_that_he_is_unnamed(
    web_rig: WebRig,
) -> None:
    await ring(web_rig, "qufu-708.1", "13300000708")
    pop = await web_rig.get(Role.COORDINATOR, "/api/calls/qufu-708.1/pop")
    assert (pop["hidden"], pop["number"]) == (False, "133****0708")


async def test_the_same_lamp_again_is_joined_and_nothing_of_the_call_is_lost(web_rig: WebRig) -> None:
    lamp = web_rig.sample.lamp
    mine = await ring(web_rig, "qufu-710.1", "13300000010", answered=True)
    await fill_in(web_rig, mine, citizen_name="冯示例")
    said = "subject=street-lamp&place_town=lucheng&place=神道路中段&title=路灯不亮"
    (found,) = (await web_rig.get(Role.AGENT, f"/api/calls/qufu-710.1/similar?{said}"))["orders"]
    assert (found["number"], found["can_join"]) == (lamp, True)
    assert found["why"][0] == "同一事项：路灯不亮或损坏"

    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-710.1/join", {"into": lamp})
    assert pop["thrown_out"].startswith(f"已并入 {lamp}")
    joined = await web_rig.get(Role.COORDINATOR, f"/api/orders/{lamp}")
    (person,) = joined["interested"]
    assert (person["number"], person["name"], person["phone"]) == (mine, "冯**", "133****0010")
    assert [call["linkedid"] for call in joined["calls"]].count("qufu-710.1") == 1
    last = joined["history"][-1]
    assert (last["step"], last["actor_role"]) == ("join", "system")
    assert "林示例" in last["reason"]
    assert mine in last["reason"]

    office = await web_rig.get(Role.OFFICE, f"/api/orders/{lamp}")
    assert office["interested"][0]["phone"] == "133****0010"
    assert "13300000010" not in str(office)

    answer = await post(
        web_rig, Role.AGENT, f"/api/orders/{mine}/steps/notify_follower", {"version": person["version"]}
    )
    assert answer["merged_into"] == lamp
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{lamp}"))["interested"][0]["notified_at"]


async def test_what_is_only_heard_finds_the_same_matter_too(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-714.1", "13300000014", answered=True)
    await hear(web_rig, "qufu-714.1", "你好神道路中段的路灯坏了不亮了，鲁城街道的")
    (found,) = (await web_rig.get(Role.AGENT, "/api/calls/qufu-714.1/similar"))["orders"]
    assert (found["number"], found["can_join"], found["likely"]) == (web_rig.sample.lamp, True, True)


async def test_who_registers_a_likely_twin_is_asked_first_whatever_the_way_in(web_rig: WebRig) -> None:
    mine = await ring(web_rig, "qufu-715.1", "13300000015", answered=True)
    path = f"/api/orders/{mine}/steps/register"
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{mine}"))["version"]
    fields = {"version": version, **LAMP, "citizen_name": "冯示例"}
    for role in (Role.AGENT, Role.COORDINATOR):
        answer = await web_rig.ask(role, "POST", path, json=fields)
        assert answer.status == 422
        asked = (await answer.json())["fields"]
        assert set(asked) == {"separate"}
        assert web_rig.sample.lamp in asked["separate"]
        assert "王示例" not in asked["separate"]
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{mine}"))["state"] == "draft"
    # The same lamp on another street is another matter, and asked about by nobody.
    order = await post(web_rig, Role.AGENT, path, fields | {"separate": True})
    assert order["state"] == "dispatched"
    step = next(row for row in order["history"] if row["step"] == "register")
    assert step["details"]["separate"] is True
    other = await ring(web_rig, "qufu-715.2", "13300000016", answered=True)
    elsewhere = LAMP | {"place_town": "wucun", "place": "峪口村", "title": "峪口村路灯不亮"}
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{other}"))["version"]
    await post(web_rig, Role.AGENT, f"/api/orders/{other}/steps/register", elsewhere | {"version": version})


async def test_who_asks_how_far_it_is_is_told_and_may_urge_once_a_day_and_add(web_rig: WebRig) -> None:
    lamp = web_rig.sample.lamp
    await ring(web_rig, "qufu-716.1", LAMP_CALLER, answered=True)
    context = web_rig.context
    async with transaction(context.sessions) as session:
        for audience, code in ((Audience.OFFICE, "street-lighting"), (Audience.UNIT, "unit-01")):
            await add_contact(
                session, context.city, audience, code, NotificationChannel.SMS, "13800000001", secret="", by="周示例",
                at=clock.now(),
            )  # fmt: skip
    (earlier,) = (await web_rig.get(Role.AGENT, "/api/calls/qufu-716.1/pop"))["earlier"]
    assert re.fullmatch(
        r"工单QF \d{4} \d{4} \d{4} \d，市路灯管理所正在办理，由路灯抢修一队（老城）前往，最迟\d+月\d+日 17:30办结。",
        earlier["progress"],
    )
    assert (earlier["urged"], earlier["progress_told"], earlier["can_urge"], earlier["can_supplement"]) == (
        0,
        0,
        True,
        True,
    )
    about = {"number": lamp}
    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-716.1/tell-progress", about)
    assert pop["earlier"][0]["progress_told"] == 1
    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-716.1/urge", about)
    assert pop["earlier"][0]["urged"] == 1
    again = await web_rig.ask(Role.AGENT, "POST", "/api/calls/qufu-716.1/urge", json=about)
    assert again.status == 409
    assert "今天已经催办1次" in (await again.json())["detail"]
    await post(web_rig, Role.AGENT, "/api/calls/qufu-716.1/supplement", about | {"addition": "电线也垂下来了"})
    order = await web_rig.get(Role.OFFICE, f"/api/orders/{lamp}")
    told, urge, added = order["history"][-3:]
    assert (told["step"], urge["step"], added["step"]) == ("tell_progress", "urge", "supplement")
    assert urge["details"]["urged"] == 1
    assert added["details"]["addition"] == "电线也垂下来了"
    assert order["state"] == "in_progress"
    async with web_rig.context.sessions() as session:
        queued = select(Notification.audience, Notification.template).where(
            Notification.template.in_((Template.URGED, Template.SUPPLEMENTED))
        )
        assert {(row.audience, row.template) for row in await session.execute(queued)} == {
            (audience, template)
            for audience in (Audience.OFFICE, Audience.UNIT)
            for template in (Template.URGED, Template.SUPPLEMENTED)
        }


@pytest.mark.parametrize(
    ("command", "more", "disposed"),
    [
        ("tell-progress", {}, False),
        ("urge", {}, False),
        ("supplement", {"addition": "又停了"}, False),
        ("supplement", {"addition": "还没有好"}, True),
    ],
)
async def test_a_reporters_call_about_the_confidential_order_shows_nobody_else_who_called(
    web_rig: WebRig, command: str, more: dict[str, str], disposed: bool
) -> None:
    """Its draft is the same citizen's: by the hour and the agent in the order's history anybody finds the call."""
    linkedid = f"qufu-718-{command}-{disposed}"
    mine = await ring(web_rig, linkedid, "13900000777", answered=True)
    asked = command, {"number": web_rig.sample.secret, **more}
    done = "disposition", {"disposition": "asked_progress"}
    for path, body in (done, asked) if disposed else (asked, done):
        await post(web_rig, Role.AGENT, f"/api/calls/{linkedid}/{path}", body)
    for role in (Role.SUPERVISOR, Role.LEADER):
        shown = await web_rig.get(role, f"/api/orders/{mine}")
        assert (shown["confidential"], shown["identity"], shown["citizen_phone"]) == (True, "kept", "")
        assert (await web_rig.get(role, f"/api/calls/{linkedid}"))["caller_number"] == ""
        for looked in (f"/api/orders/{mine}/identity", f"/api/calls/{linkedid}/identity"):
            assert (await web_rig.ask(role, "POST", looked, json={"reason": "核实现场位置"})).status == 403


async def test_only_who_is_on_the_line_with_the_citizen_is_told_how_far_the_order_is(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-717.1", LAMP_CALLER, answered=True)
    await ring(web_rig, "qufu-717.2", "13300000017", answered=True)
    pop = await web_rig.get(Role.COORDINATOR, "/api/calls/qufu-717.1/pop")
    assert {(one["progress"], one["can_urge"]) for one in pop["earlier"]} == {("", False)}
    for command, more in (("tell-progress", {}), ("urge", {}), ("supplement", {"addition": "x"})):
        body = {"number": web_rig.sample.lamp, **more}
        for role, linkedid in ((Role.COORDINATOR, "qufu-717.1"), (Role.AGENT, "qufu-717.2"), (Role.AGENT, "none")):
            answer = await web_rig.ask(role, "POST", f"/api/calls/{linkedid}/{command}", json=body)
            assert answer.status == 404, (command, linkedid)
        of_another = body | {"number": web_rig.sample.fresh}
        answer = await web_rig.ask(Role.AGENT, "POST", f"/api/calls/qufu-717.1/{command}", json=of_another)
        assert answer.status == 404


async def test_a_merger_by_mistake_is_taken_back_and_both_histories_say_so(web_rig: WebRig) -> None:
    fresh = web_rig.sample.fresh
    mine = await ring(web_rig, "qufu-711.1", "13300000011", answered=True)
    await post(web_rig, Role.AGENT, "/api/calls/qufu-711.1/join", {"into": fresh})
    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-711.1/take-back")
    assert (pop["order_state"], pop["can_dispose"], pop["thrown_out"]) == ("draft", True, "")
    other = await web_rig.get(Role.COORDINATOR, f"/api/orders/{fresh}")
    assert other["interested"] == []
    assert "qufu-711.1" not in [call["linkedid"] for call in other["calls"]]
    assert [row["step"] for row in other["history"]][-2:] == ["join", "leave"]
    own = await web_rig.get(Role.COORDINATOR, f"/api/orders/{mine}")
    assert [row["step"] for row in own["history"]] == ["create", "merge", "take_back"]


async def test_who_was_merged_into_a_merged_order_still_waits_for_the_last(web_rig: WebRig) -> None:
    first = await ring(web_rig, "qufu-712.1", "13300000012", answered=True)
    second = await ring(web_rig, "qufu-713.1", "13300000013", answered=True)
    await post(web_rig, Role.AGENT, "/api/calls/qufu-712.1/join", {"into": second})
    await post(web_rig, Role.AGENT, "/api/calls/qufu-713.1/join", {"into": web_rig.sample.fresh})
    waiting = (await web_rig.get(Role.AGENT, f"/api/orders/{web_rig.sample.fresh}"))["interested"]
    assert [one["number"] for one in waiting] == [first, second]


@pytest.mark.parametrize(
    ("disposition", "words"),
    [("silent", "无声电话"), ("wrong_number", "打错电话"), ("prank", "骚扰、恶作剧"), ("abusive", "辱骂")],
)
async def test_one_click_throws_a_call_out_and_one_takes_it_back(web_rig: WebRig, disposition: str, words: str) -> None:
    linkedid, number = f"qufu-720-{disposition}.1", "13300000020"
    mine = await ring(web_rig, linkedid, number, answered=True)
    body = {"disposition": disposition, "note": "半分钟没有人说话"}
    pop = await post(web_rig, Role.AGENT, f"/api/calls/{linkedid}/disposition", body)
    assert pop["thrown_out"] == f"已作无效处理：{words}：半分钟没有人说话"
    order = await web_rig.get(Role.AGENT, f"/api/orders/{mine}")
    assert (order["state"], order["history"][-1]["details"]["disposition"]) == ("invalid", disposition)
    await ring(web_rig, f"{linkedid}-again", number)
    again = await web_rig.get(Role.AGENT, f"/api/calls/{linkedid}-again/pop")
    assert words in [one["disposition"] for one in again["earlier"]]
    assert (await refused(web_rig, Role.AGENT, f"/api/calls/{linkedid}/disposition", body))[0] == 409
    back = await post(web_rig, Role.AGENT, f"/api/calls/{linkedid}/take-back")
    assert back["order_state"] == "draft"


async def test_what_was_registered_is_not_thrown_out_or_taken_back_by_the_desk(web_rig: WebRig) -> None:
    status, answer = await refused(web_rig, Role.AGENT, "/api/calls/qufu-101.1/disposition", {"disposition": "prank"})
    assert status == 409
    assert "已经登记" in answer
    await ring(web_rig, "qufu-721.1", "13300000021")
    status, answer = await refused(web_rig, Role.AGENT, "/api/calls/qufu-721.1/disposition", {"disposition": "silent"})
    assert status == 409
    assert "还没有接通" in answer


async def test_an_agent_proposes_a_supervisor_approves_and_lifts_and_the_exchange_is_told(
    web_rig: WebRig, tmp_path: Any
) -> None:
    sessions, files = web_rig.context.sessions, tmp_path / "blocked"
    await ring(web_rig, "qufu-730.1", "+8613300000030", answered=True)
    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-730.1/block", {"reason": "三天内辱骂五次"})
    block = pop["block"]
    assert (block["state"], block["days"], pop["can_block"]) == ("proposed", 7, False)
    keeper = BlockFiles(files, sessions)
    await keeper.update()
    assert list(files.iterdir()) == []
    assert (await refused(web_rig, Role.AGENT, f"/api/blocks/{block['id']}/approve"))[0] == 403
    approved = await post(web_rig, Role.SUPERVISOR, f"/api/blocks/{block['id']}/approve")
    assert (approved["state"], approved["number"]) == ("in_force", "133****0030")
    await keeper.update()
    expires = dt.datetime.fromisoformat(approved["expires_at"])
    assert {file.read_text() for file in files.iterdir()} == {str(int(expires.timestamp()))}
    assert {"13300000030", "013300000030", "8613300000030"} <= {file.name for file in files.iterdir()}
    assert (await refused(web_rig, Role.AGENT, "/api/calls/qufu-730.1/block", {"reason": "再一次"}))[0] == 409
    assert (await refused(web_rig, Role.SUPERVISOR, f"/api/blocks/{block['id']}/lift"))[0] == 422
    lifted = await post(web_rig, Role.SUPERVISOR, f"/api/blocks/{block['id']}/lift", {"why": "本人道歉"})
    assert lifted["state"] == "lifted"
    await keeper.update()
    assert list(files.iterdir()) == []


async def test_no_block_without_a_number_a_reason_or_an_end(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-731.1", "", answered=True)
    status, answer = await refused(web_rig, Role.AGENT, "/api/calls/qufu-731.1/block", {"reason": "骚扰"})
    assert status == 422
    assert "隐藏号码的来电人不能整体拒接" in answer
    for body, wrong in (
        ({"number": "13300000032", "reason": " ", "days": 3}, "理由"),
        ({"number": "13300000032", "reason": "骚扰", "days": 999}, "不能长期屏蔽"),
    ):
        status, answer = await refused(web_rig, Role.SUPERVISOR, "/api/blocks", body)
        assert status == 422
        assert wrong in answer


async def test_all_desks_read_the_queue_once_and_see_every_change(web_rig: WebRig) -> None:
    async def waiting() -> int:
        answer = await web_rig.ask(Role.AGENT, "GET", "/desk/strip")
        found = re.search(r"<dt>排队</dt><dd>(\d+)</dd>", await answer.text())
        assert found, answer.status
        return int(found[1])

    read = []
    engine = web_rig.context.sessions.kw["bind"].sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(*what: Any) -> None:
        if "min(calls.queued_at)" in what[2]:
            read.append(what[2])

    try:
        before = await waiting()
        for number in (1, 2):
            await ring(web_rig, f"strip-{number}", "13800000099")
            async with transaction(web_rig.context.sessions) as session:
                await bus.publish(session, "call", f"strip-{number}")

            async def is_seen(expected: int = before + number) -> bool:
                return await waiting() == expected

            await until(is_seen)
        # No change of before is on its way any more.
        async with web_rig.context.bus.subscribe() as changes:
            async with transaction(web_rig.context.sessions) as session:
                await bus.publish(session, "call", "strip-last")
            while (await changes.get()).id != "strip-last":
                pass
        await waiting()
        read.clear()
        assert set(await asyncio.gather(*(waiting() for _ in range(20)))) == {before + 2}
        assert len(read) <= 1
    finally:
        event.remove(engine, "before_cursor_execute", note)
        async with transaction(web_rig.context.sessions) as session:
            mine = select(Call.linkedid).where(Call.linkedid.startswith("strip-"))
            await session.execute(update(Leg).where(Leg.linkedid.in_(mine)).values(ended_at=clock.now()))
            await session.execute(
                update(Call)
                .where(Call.linkedid.startswith("strip-"))
                .values(ended_at=clock.now(), state=CallState.ENDED, outcome=Outcome.ABANDONED)
            )
