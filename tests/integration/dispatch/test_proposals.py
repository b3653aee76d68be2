"""The form that fills itself: proposals from a call, what people make of them, and what is learned from that."""

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from structlog.testing import capture_logs

from bench.matters import as_matter, load_labelled
from core import clock
from core.bus import Bus, Change, publish
from core.database import Sessions, transaction
from core.tasks import cancel, spawn
from core.texts.patterns import Pattern
from dispatch.city.records import City
from dispatch.intake.hearing import CITIZEN, Cue, MatterHeard
from dispatch.intake.models import MatterModelRow, ProposalRow, ProposalState
from dispatch.intake.proposals import TOPIC, model_in_use, proposals_of, propose_for_call
from dispatch.kinds import Kind
from dispatch.orders.drafts import draft_for_call, find_order_in_hand
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role, Step
from hotline.bridges.recordings.proposals import heard_of, keep_proposing, propose_from_transcript, propose_now
from hotline.operations.learn import confirmed_matters, explain, learn_from
from recordings.models import Recording, Speaker, Transcript
from recordings.transcripts.live_store import SPEECH
from recordings.transcripts.models import LiveSegment
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.sample import AGENT
from tests.support.web_rig import WebRig

LAMP = "我叫许示例昨天傍晚六点静轩东路的路灯就没亮"


async def draft(web_rig: WebRig, linkedid: str) -> str:
    async with transaction(web_rig.context.sessions) as session:
        order = await draft_for_call(
            session, web_rig.context.city, linkedid=linkedid, citizen_phone="13800000042", at=clock.now()
        )
        return order.number


async def hear(web_rig: WebRig, linkedid: str, *said: str) -> bool:
    """All that was said so far; whether any proposal changed."""
    heard = [MatterHeard(CITIZEN, 5.0 * at, 5.0 * at + 4, text) for at, text in enumerate(said)]
    async with transaction(web_rig.context.sessions) as session:
        return await propose_for_call(
            session,
            web_rig.context.city,
            web_rig.context.policy.hearing,
            web_rig.context.policy.urgency,
            linkedid,
            heard,
            at=clock.now(),
        )


async def rows(web_rig: WebRig, linkedid: str) -> dict[str, ProposalRow]:
    async with web_rig.context.sessions() as session:
        order = await find_order_in_hand(session, linkedid)
        return {} if order is None else {row.field: row for row in await proposals_of(session, order.id)}


async def fill_in(web_rig: WebRig, number: str, **fields: Any) -> dict[str, Any]:
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    answer = await web_rig.ask(Role.AGENT, "PATCH", f"/api/orders/{number}", json={"version": version, **fields})
    assert answer.status == 200, await answer.text()
    order: dict[str, Any] = await answer.json()
    return order


async def test_proposals_follow_the_words_and_are_told_with_their_seconds(web_rig: WebRig) -> None:
    linkedid = "qufu-610.1"
    await draft(web_rig, linkedid)
    assert await hear(web_rig, linkedid, "喂你好我想反映一下路灯的事")
    assert await hear(web_rig, linkedid, "喂你好我想反映一下路灯的事", LAMP)
    assert not await hear(web_rig, linkedid, "喂你好我想反映一下路灯的事", LAMP)
    found = await rows(web_rig, linkedid)
    assert (found["subject"].value, found["place"].value) == ("street-lamp", "静轩东路")
    source = found["place"].source
    assert source is not None
    assert 5 <= source["start"] < source["end"] <= 9
    async with web_rig.context.sessions() as session:
        order = await session.scalar(select(Order).where(Order.citizen_phone == "13800000042", Order.subject.is_(None)))
        assert order is not None, "a proposal alone changes no order"


async def test_danger_without_an_official_word_alarms_the_desk_and_makes_the_matter_urgent(web_rig: WebRig) -> None:
    linkedid = "qufu-610.2"
    number = await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, "喂你好我想反映一个事")
    assert "danger" not in await rows(web_rig, linkedid)
    await hear(web_rig, linkedid, "喂你好我想反映一个事", "楼道里一股臭鸡蛋味好几个人都头晕")
    found = await rows(web_rig, linkedid)
    assert found["danger"].value == "now"
    assert (found["urgency"].value, found["urgency"].confidence) == ("emergency", found["danger"].confidence)
    assert "先问：人现在是否安全" in found["danger"].why
    source = found["danger"].source
    assert source is not None
    assert 0 <= source["start"] < source["end"] <= 9
    order = await web_rig.get(Role.AGENT, f"/api/orders/{number}")
    assert order["urgency"] == "normal", "a proposal alone changes no order"
    await hear(web_rig, linkedid, "喂你好我想反映一个事", "火锅店的火锅太辣了服务员态度还差气死我了")
    assert "danger" not in await rows(web_rig, linkedid)


async def test_a_call_without_an_order_gets_no_proposals(web_rig: WebRig) -> None:
    assert not await hear(web_rig, "qufu-611.1", LAMP)
    assert await rows(web_rig, "qufu-611.1") == {}


async def test_what_people_make_of_proposals_is_noted_and_stays(web_rig: WebRig) -> None:
    linkedid = "qufu-612.1"
    number = await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, LAMP)
    await fill_in(web_rig, number, subject="street-lamp", place="静轩东路12号", citizen_name="")
    found = await rows(web_rig, linkedid)
    assert found["subject"].state is ProposalState.CONFIRMED
    assert (found["place"].state, found["place"].value, found["place"].final) == (
        ProposalState.EDITED,
        "静轩东路",
        "静轩东路12号",
    )
    assert found["citizen_name"].state is ProposalState.REJECTED
    assert found["kind"].state is ProposalState.OPEN
    await hear(web_rig, linkedid, "我叫王示例鼓楼大街的暖气不热")
    found = await rows(web_rig, linkedid)
    assert (found["subject"].value, found["place"].value, found["citizen_name"].value) == (
        "street-lamp",
        "静轩东路",
        "许示例",
    )
    answer = await web_rig.get(Role.AGENT, f"/api/orders/{number}")
    assert (answer["place"], answer["citizen_name"]) == ("静轩东路12号", "")


async def test_an_instant_in_another_zone_is_the_same_answer(web_rig: WebRig) -> None:
    linkedid = "qufu-613.1"
    number = await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, LAMP)
    proposed = (await rows(web_rig, linkedid))["happened_at"].value
    assert proposed.endswith("18:00:00+08:00")
    await fill_in(web_rig, number, happened_at=proposed.replace("18:00:00+08:00", "10:00:00Z"))
    assert (await rows(web_rig, linkedid))["happened_at"].state is ProposalState.CONFIRMED


async def test_a_proposal_that_the_longer_text_does_not_bear_out_goes(web_rig: WebRig) -> None:
    linkedid = "qufu-614.1"
    await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, LAMP)
    await hear(web_rig, linkedid, "暖气不热")
    found = await rows(web_rig, linkedid)
    assert "place" not in found
    assert found["subject"].value == "heating"


async def test_the_api_tells_names_alternatives_and_which_are_open(web_rig: WebRig) -> None:
    linkedid = "qufu-100.1"
    async with transaction(web_rig.context.sessions) as session:
        assert await heard_of(session, linkedid)
    assert await propose_now(web_rig.context.sessions, web_rig.context.policy, linkedid)
    answer = await web_rig.get(Role.COORDINATOR, f"/api/calls/{linkedid}/proposals")
    by_field = {one["field"]: one for one in answer["proposals"]}
    assert by_field["subject"]["name"] == "路灯不亮或损坏"
    assert by_field["subject"]["source"]["sound"].startswith(f"/api/calls/{linkedid}/sound?start=")
    assert not by_field["subject"]["open"], "this order was registered by a person"
    office = await web_rig.ask(Role.OFFICE, "GET", f"/api/calls/{linkedid}/proposals")
    assert office.status == 403
    assert (await web_rig.ask(Role.AGENT, "GET", "/api/calls/qufu-none.1/proposals")).status == 404


async def test_the_finished_transcript_makes_proposals_and_live_words_do_before(
    web_rig: WebRig, sessions: Sessions, policy: Policy
) -> None:
    linkedid = "qufu-615.1"
    await draft(web_rig, linkedid)
    async with transaction(sessions) as session:
        session.add(
            LiveSegment(
                linkedid=linkedid,
                speaker=Speaker.CALLER,
                start_seconds=1.0,
                end_seconds=4.0,
                text="小雪街道停水了",
                confidence=0.9,
                words=[],
                repairs=[],
                heard_at=clock.now(),
            )
        )
    assert await propose_now(sessions, policy, linkedid)
    assert (await rows(web_rig, linkedid))["place_town"].value == "xiaoxue"
    async with sessions() as session:
        made = select(Transcript.id).join(Recording).where(Recording.linkedid == "qufu-100.1")
        transcript_id = await session.scalar(made)
    assert transcript_id is not None
    await propose_from_transcript(sessions, policy, transcript_id, pbx="test")
    assert (await rows(web_rig, "qufu-100.1"))["place"].value.startswith("神道路")


async def test_the_form_shows_proposals_amber_and_afterwards_what_became_of_it(web_rig: WebRig) -> None:
    linkedid = "qufu-100.1"
    done = await (await web_rig.ask(Role.AGENT, "GET", f"/desk/calls/{linkedid}/form")).text()
    assert "draft-done" in done
    assert (await web_rig.ask(Role.AGENT, "GET", "/desk/calls/qufu-none.1/form")).status == 404


async def test_the_route_is_told_while_one_fills_in(web_rig: WebRig) -> None:
    found = await web_rig.get(Role.AGENT, "/api/route?subject=street-lamp&place_town=lucheng")
    assert (found["lead_office"], found["unit"]) == ("市路灯管理所", "路灯抢修一队（老城）")
    assert found["unsure"] == ""
    assert (await web_rig.get(Role.AGENT, "/api/route"))["lead_office"] == ""


async def test_what_keeps_an_order_from_going_out_by_itself_is_told_while_it_can_be_asked_for(web_rig: WebRig) -> None:
    without_town = await web_rig.get(Role.AGENT, "/api/route?subject=gas-leak&place=秋水苑三号楼")
    assert (without_town["lead_office"], without_town["unit"]) == ("市燃气公司", "")
    assert without_town["unsure"] == "需要燃气直通车，但没有确定镇街。"
    with_town = await web_rig.get(Role.AGENT, "/api/route?subject=gas-leak&place=鲁城街道秋水苑三号楼")
    assert (with_town["unit"] != "", with_town["unsure"]) == (True, ""), "as registering reads the place"


async def test_a_title_follows_a_subject_of_which_nothing_was_heard(web_rig: WebRig) -> None:
    linkedid = "qufu-617.1"
    number = await draft(web_rig, linkedid)
    assert "title" not in await rows(web_rig, linkedid)
    await fill_in(web_rig, number, subject="manhole", place="秋水苑东门")
    assert (await rows(web_rig, linkedid))["title"].value == "秋水苑东门井盖缺失或破损"
    await fill_in(web_rig, number, title="我自己写的")
    await fill_in(web_rig, number, subject="street-lamp")
    assert (await rows(web_rig, linkedid))["title"].final == "我自己写的"


async def test_who_may_wish_to_stay_unnamed_is_to_be_asked_and_ticked_by_a_person_alone(web_rig: WebRig) -> None:
    linkedid = "qufu-620.1"
    number = await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, "我要举报我们单位让签假合同", "千万别告诉别人是我说的")
    asked = (await rows(web_rig, linkedid))["confidential"]
    assert asked.why.startswith("听到“别告诉”：请问清是否要求保密")
    assert asked.confidence < web_rig.context.policy.hearing.sure_from
    assert not (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["confidential"]
    await fill_in(web_rig, number, confidential=True)
    assert (await rows(web_rig, linkedid))["confidential"].state is ProposalState.CONFIRMED


async def test_a_title_follows_the_subject_that_somebody_chose_whatever_is_heard_later(web_rig: WebRig) -> None:
    linkedid = "qufu-618.1"
    number = await draft(web_rig, linkedid)
    said = ["我们小区门口那个盖子不知道被谁弄走了", "黑咕隆咚的一个大窟窿昨天晚上差点把我老伴给摔了", "在书院街道"]
    await hear(web_rig, linkedid, *said)
    guessed = (await rows(web_rig, linkedid))["title"]
    assert "井盖" not in guessed.value
    await fill_in(web_rig, number, subject="manhole")
    title = (await rows(web_rig, linkedid))["title"]
    assert (title.value, title.state) == ("书院街道井盖缺失或破损", ProposalState.OPEN)
    await hear(web_rig, linkedid, *said, "路面都塌下去了")
    assert (await rows(web_rig, linkedid))["title"].value == "书院街道井盖缺失或破损"
    await fill_in(web_rig, number, place="秋水苑东门")
    assert (await rows(web_rig, linkedid))["title"].value == "秋水苑东门井盖缺失或破损"


async def test_a_model_that_helps_is_used_and_one_that_does_not_is_kept_unused(
    web_rig: WebRig, sessions: Sessions, city: City
) -> None:
    matters = [as_matter(one) for one in load_labelled("tuning") if one.subject][:80]
    async with transaction(sessions) as session:
        good = await learn_from(session, city, matters, at=clock.now())
    assert good.used
    assert "已启用" in explain(good)
    async with sessions() as session:
        used = await model_in_use(session)
    assert used is not None
    assert used.version == good.version

    linkedid = "qufu-616.1"
    await draft(web_rig, linkedid)
    await hear(web_rig, linkedid, LAMP)
    assert (await rows(web_rig, linkedid))["subject"].model == good.version

    async with transaction(sessions) as session:
        worse = {"version": "worse", "made_at": clock.now(), "matters": 60, "compared": good.compared.as_json()}
        session.add(MatterModelRow(**worse, used=False, weights=b"never read"))
    async with sessions() as session:
        used = await model_in_use(session)
    assert used is not None
    assert used.version == good.version


async def test_confirmed_orders_are_what_is_learned_from(web_rig: WebRig, sessions: Sessions, policy: Policy) -> None:
    async with transaction(sessions) as session:
        order = await draft_for_call(
            session, policy.city, linkedid=f"qufu-617.{clock.now():%H%M%S}", citizen_phone="", at=clock.now()
        )
        fields = {
            "kind": "help",
            "subject": "lift",
            "title": "电梯",
            "matter": "电梯停了一个礼拜",
            "place_town": "shizhuang",
            "no_place": "withheld",
        }
        await take_step(session, policy, order.id, Step.REGISTER, actor=AGENT, at=clock.now(), fields=fields)
        await draft_for_call(
            session, policy.city, linkedid=f"qufu-618.{clock.now():%H%M%S}", citizen_phone="", at=clock.now()
        )
    async with sessions() as session:
        matters = await confirmed_matters(session, policy.city)
    assert ("电梯停了一个礼拜", "lift", "help", "shizhuang") in [
        (one.text, one.subject, one.kind, one.town) for one in matters
    ]
    assert all(one.subject in policy.city.subjects for one in matters)


class Stumbling(Pattern):
    """A pattern over which our program stumbles."""

    def search(self, text: str) -> tuple[int, int] | None:
        if "停暖" in text:
            raise ZeroDivisionError("a fault of ours")
        return None


async def test_words_that_our_program_stumbles_over_cost_no_other_call_its_proposals(
    web_rig: WebRig, sessions: Sessions, policy: Policy, bus: Bus
) -> None:
    cues = (Cue(Kind.HELP, Stumbling(()), 1.0), *policy.hearing.cues)
    faulty = replace(policy, hearing=replace(policy.hearing, cues=cues))
    for linkedid, said in (("qufu-641.1", "小雪街道停暖了"), ("qufu-642.1", "小雪街道停水了")):
        await draft(web_rig, linkedid)
        async with transaction(sessions) as session:
            times = {"start_seconds": 1.0, "end_seconds": 4.0, "heard_at": clock.now()}
            words = {"text": said, "confidence": 0.9, "words": [], "repairs": []}
            session.add(LiveSegment(linkedid=linkedid, speaker=Speaker.CALLER, **times, **words))
    proposing = spawn(keep_proposing(bus, sessions, PolicyHolder(faulty), pbx="test"), name="proposing")
    # Captured: the traceback that tests print shows every local variable, the whole city among them.
    with capture_logs() as logged:
        async with bus.subscribe() as changes:
            async with transaction(sessions) as session:
                for linkedid in ("qufu-641.1", "qufu-642.1"):
                    await publish(session, SPEECH, linkedid)
            async with asyncio.timeout(60):
                while (await changes.get()) != Change(TOPIC, "qufu-642.1"):
                    pass
    assert [entry["linkedid"] for entry in logged if entry["event"] == "not_proposed"] == ["qufu-641.1"]
    assert not proposing.done()
    await cancel(proposing)
    async with sessions() as session:
        kinds = await session.scalars(select(Alarm.detail).where(Alarm.kind == TroubleKind.STUMBLED))
        assert ["qufu-641.1" in detail for detail in kinds] == [True]
    assert not await rows(web_rig, "qufu-641.1")
