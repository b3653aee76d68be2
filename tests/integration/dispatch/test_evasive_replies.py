"""An evasive reply on its way: marked when it comes, shown to who judges it, sent back or overruled."""

from typing import Any

import pytest

from core import clock
from core.clock import in_city
from core.database import transaction
from dispatch.steps.take import find_order, take_step
from dispatch.workflow import Role, Step
from tests.support.orders import EVASIVE, make_reviewed
from tests.support.sample import COORDINATOR, LAMPS
from tests.support.web_rig import WebRig

HONEST = {"done": "更换灯头一只，试亮正常。", "public_answer": "路灯已于今天上午修好，谢谢您的监督。"}


async def reply_again(web_rig: WebRig, number: str, reply: dict[str, Any]) -> None:
    """What was sent back is answered once more, and lies before the coordinator."""
    policy, at = web_rig.context.policy, clock.now()
    async with transaction(web_rig.context.sessions) as session:
        order = await find_order(session, number)
        assert order is not None
        for step, actor, fields in (
            (Step.START, LAMPS, {}),
            (Step.REPLY, LAMPS, reply),
            (Step.REVIEW, COORDINATOR, {}),
        ):
            await take_step(session, policy, order.id, step, actor=actor, at=at, fields=fields)


async def latest_marks(web_rig: WebRig, role: Role, number: str) -> list[dict[str, Any]]:
    marks: list[dict[str, Any]] = (await web_rig.get(role, f"/api/orders/{number}"))["replies"][-1]["marks"]
    return marks


async def take(web_rig: WebRig, number: str, step: Step, **fields: Any) -> dict[str, Any]:
    version = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}"))["version"]
    path = f"/api/orders/{number}/steps/{step}"
    answer = await web_rig.ask(Role.COORDINATOR, "POST", path, json={"version": version, **fields})
    assert answer.status == 200, await answer.text()
    order: dict[str, Any] = await answer.json()
    return order


async def test_the_coordinator_sees_the_passage_and_the_reason_before_he_judges(web_rig: WebRig) -> None:
    number = await make_reviewed(web_rig, "qufu-801.1", EVASIVE)
    (mark,) = await latest_marks(web_rig, Role.COORDINATOR, number)
    assert (mark["kind"], mark["name"]) == ("bounces", "推诿")
    assert EVASIVE["public_answer"][mark["start"] : mark["end"]] == mark["text"]
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{number}")).text()
    assert f'<mark title="推诿">{mark["text"]}</mark>' in page
    assert mark["reason"] in page.split("<textarea")[-2] + page.split("<textarea")[-1]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.AGENT])
async def test_who_does_not_judge_replies_does_not_learn_their_marks(web_rig: WebRig, role: Role) -> None:
    number = await make_reviewed(web_rig, f"qufu-802.{role}", EVASIVE)
    await take(web_rig, number, Step.APPROVE)
    order = await web_rig.get(role, f"/api/orders/{number}")
    assert order["replies"][-1]["marks"] == []
    assert all("overruled_marks" not in row["details"] for row in order["history"])


async def test_approving_says_in_the_history_which_marks_were_overruled(web_rig: WebRig) -> None:
    number = await make_reviewed(web_rig, "qufu-803.1", EVASIVE)
    order = await take(web_rig, number, Step.APPROVE)
    (overruled,) = order["history"][-1]["details"]["overruled_marks"]
    assert overruled["kind"] == "bounces"
    story = await (await web_rig.ask(Role.SUPERVISOR, "GET", f"/orders/{number}/story")).text()
    assert "系统提醒过而未采纳：推诿" in story


async def test_an_honest_reply_is_shown_without_marks_and_approved_without_remark(web_rig: WebRig) -> None:
    number = await make_reviewed(web_rig, "qufu-804.1", HONEST)
    assert await latest_marks(web_rig, Role.COORDINATOR, number) == []
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{number}")).text()
    assert "神回复" not in page
    order = await take(web_rig, number, Step.APPROVE)
    assert "overruled_marks" not in order["history"][-1]["details"]


async def test_the_marks_of_a_reply_that_was_sent_back_stay_with_it(web_rig: WebRig) -> None:
    number = await make_reviewed(web_rig, "qufu-805.1", EVASIVE)
    await take(web_rig, number, Step.SEND_BACK, reason="推诿：请牵头办理。")
    await reply_again(web_rig, number, HONEST)
    replies = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}"))["replies"]
    assert [len(reply["marks"]) for reply in replies] == [1, 0]


async def scorecard(web_rig: WebRig) -> dict[str, Any]:
    path = f"/api/supervision/scorecards?month={in_city(clock.now()):%Y-%m}"
    cards = (await web_rig.get(Role.SUPERVISOR, path))["scorecards"]
    card: dict[str, Any] = next(one for one in cards if one["office_code"] == "street-lighting")
    return card


async def test_the_supervisor_reads_who_evaded_and_what_became_of_it(web_rig: WebRig) -> None:
    path, today = "/api/supervision/evasive-replies", f"{in_city(clock.now()):%Y-%m-%d}"
    waiting = await make_reviewed(web_rig, "qufu-806.1", EVASIVE)
    before = await scorecard(web_rig)
    twice = await make_reviewed(web_rig, "qufu-807.1", EVASIVE)
    await take(web_rig, twice, Step.SEND_BACK, reason="推诿：请牵头办理。")
    await reply_again(web_rig, twice, EVASIVE)
    await take(web_rig, twice, Step.APPROVE)
    after = await scorecard(web_rig)
    assert [after[name] - before[name] for name in ("marked", "marked_sent_back")] == [2, 1]

    async def found(wanted: str) -> list[tuple[str, str, str]]:
        replies = (await web_rig.get(Role.SUPERVISOR, f"{path}?{wanted}"))["replies"]
        return [(one["judged"], one["judged_by"], one["reason"]) for one in replies if one["order"] in (twice, waiting)]

    sent_back, accepted = ("sent_back", "周示例", "推诿：请牵头办理。"), ("accepted", "周示例", "")
    assert await found(f"office=street-lighting&from={today}") == [accepted, sent_back, ("waiting", "", "")]
    assert await found("judged=sent_back") == [sent_back]
    assert await found("office=housing") == await found("to=2026-01-01") == []
    page = await (await web_rig.ask(Role.LEADER, "GET", "/supervision/evasive-replies?judged=sent_back")).text()
    assert twice in page
    assert f"<mark>{EVASIVE['public_answer'][:5]}" in page
    assert (await web_rig.ask(Role.OFFICE, "GET", path)).status == 403
    assert (await web_rig.ask(Role.LEADER, "GET", f"{path}?from=2026-02-01&to=2026-01-31")).status == 422
