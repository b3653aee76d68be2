"""Search is no oracle: what names a citizen finds nothing, whoever asks, and no word reveals by its edge what is
hidden.

The property: an order whose texts hold a name and a number is found by exactly the same words as one in whose texts the
cover stands instead.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event, select, update

from core import clock
from core.database import transaction
from core.privacy.redaction import NO_NAME, NO_NUMBER
from core.texts.normal_form import normal_form
from core.texts.patterns import parse_pattern
from core.texts.search import mask_phone, search_document
from dispatch.city.records import Place
from dispatch.kinds import Urgency
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.routing.location import spot_of
from dispatch.routing.rules import UrgencySign
from dispatch.steps.life.replies import marks_of
from dispatch.steps.take import take_step
from dispatch.supervision.evasive import EvasiveRules, Question
from dispatch.workflow import Role, Step
from hotline.bridges.recordings.search_covers import cover_of_call, index_all_missing, index_call
from recordings.models import Recording, Transcript, TranscriptState
from tests.support.web_rig import WebRig

AGENT = Actor(1, Role.AGENT, "林示例")
READERS = (Role.OFFICE, Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)
NAME, NUMBER = "欧阳保密例", "13900000078"
SPOKEN = "幺三九零零零零零零七八"
TEXT = "我叫{name}，住神道路{name}家门口3号楼二单元，电话{number}，再说一遍{spoken}，请查材料以次充好"


async def register(rig: WebRig, linkedid: str, matter: str, *, secret: bool, name: str, phone: str) -> str:
    at = clock.now()
    fields = {
        "kind": "report", "subject": "street-lamp", "title": f"材料问题{matter[:12]}", "matter": matter,
        "place_town": "lucheng", "place": matter[-20:], "citizen_name": name, "confidential": secret,
    }  # fmt: skip
    async with transaction(rig.context.sessions) as session:
        draft = await draft_for_call(session, rig.context.city, linkedid=linkedid, citizen_phone=phone, at=at)
        order = await take_step(session, rig.context.policy, draft.id, Step.REGISTER, actor=AGENT, at=at, fields=fields)
    return order.number


@pytest.fixture(scope="module", params=[True, False], ids=["secret", "ordinary"])
async def twins(web_rig: WebRig, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Numbers of the order that names its citizen, and of the one in which the cover stands."""
    names = TEXT.format(name=NAME, number=NUMBER, spoken=SPOKEN)
    covers = TEXT.format(name=NO_NAME, number=NO_NUMBER, spoken=NO_NUMBER)
    covers = covers if request.param else covers.replace(NO_NAME, "\n").replace(NO_NUMBER, "\n")
    one = await register(web_rig, f"twin-{request.param}-1", names, secret=request.param, name=NAME, phone=NUMBER)
    other = await register(
        web_rig, f"twin-{request.param}-2", covers.replace(NO_NAME, "\n").replace(NO_NUMBER, "\n"),
        secret=request.param, name="", phone="",
    )  # fmt: skip
    return one, other


def words() -> Iterator[str]:
    """Every window of the text about its edges, the name's parts, the number's, and spellings of both."""
    text = TEXT.format(name=NAME, number=NUMBER, spoken=SPOKEN)
    rng = random.Random(23)
    windows = [text[start : start + size] for size in (1, 2, 3, 4, 6) for start in range(len(text) - size)]
    yield from rng.sample(windows, 60)
    yield from (f"我叫{NAME[0]}", f"{NAME[-1]}家门口", "强家门口", NAME, NAME[:2], NAME[1:], f"叫{NAME}", f"{NAME}家")
    yield from (
        NUMBER,
        NUMBER[:4],
        NUMBER[-4:],
        "139 0000 0078",
        "+86139-0000-0078",
        "三九零",
        "话1390",
        "零七八",
        "078",
    )
    yield from ("%", "_", "保%", "\\", "'", "& |", "材料", "3号楼", "三号楼2单元", "以次充好", "神道路", "家门口")


@pytest.mark.parametrize("role", READERS)
async def test_who_is_named_and_who_is_covered_are_found_by_the_same_words(
    web_rig: WebRig, twins: tuple[str, str], role: Role
) -> None:
    for word in words():
        # The orders' own numbers differ, by the day: 八 may be the check digit of one.
        pieces = [search_document(number).split() for number in twins]
        if len({any(piece.startswith(normal_form(word)) for piece in of_one) for of_one in pieces}) > 1:
            continue
        found = await web_rig.get(role, "/api/orders", params={"q": word, "limit": 200})
        numbers = [order["number"] for order in found["orders"]]
        by_number = role in (Role.AGENT, Role.COORDINATOR) and "0078" in word.replace("-", "") and "话" not in word
        if not by_number:
            assert (twins[0] in numbers) is (twins[1] in numbers), (role, word)


@pytest.mark.parametrize("role", READERS)
async def test_other_words_find_it_however_they_are_written(
    web_rig: WebRig, twins: tuple[str, str], role: Role
) -> None:
    for word in (
        "3 号楼",
        "三　号楼 2 单元",
        "2单元 3#",
        "以次充好",
        "３号楼２单元",
        "三号楼二单元",
        "3號樓",
        "二单元",
        twins[0],
        twins[0].lower(),
    ):
        found = await web_rig.get(role, "/api/orders", params={"q": word, "limit": 200})
        assert twins[0] in [order["number"] for order in found["orders"]], word


@pytest.mark.parametrize("typed", [NUMBER, "139-0000-0078", "+86 139 0000 0078", "１３９００００００７８"])
async def test_who_knows_numbers_finds_by_the_whole_number_in_any_spelling(
    web_rig: WebRig, twins: tuple[str, str], typed: str
) -> None:
    for role in READERS:
        found = await web_rig.get(role, "/api/orders", params={"q": typed, "limit": 200})
        knows = role in (Role.AGENT, Role.COORDINATOR)
        assert (twins[0] in [order["number"] for order in found["orders"]]) is knows, role


async def test_a_corrected_or_emptied_name_is_still_found_by_nobody(web_rig: WebRig) -> None:
    text = f"来电人{NAME}反映围挡占道"
    number = await register(web_rig, "twin-corrected", text, secret=True, name=NAME, phone=NUMBER)
    coordinator = Actor(2, Role.COORDINATOR, "周示例")
    for name in ("欧阳另例", ""):
        async with transaction(web_rig.context.sessions) as session:
            order = (await session.scalars(select(Order).where(Order.number == number))).one()
            await take_step(
                session, web_rig.context.policy, order.id, Step.FILL_IN, actor=coordinator, at=clock.now(),
                fields={"citizen_name": name},
            )  # fmt: skip
        for word in (NAME, f"来电人{NAME[:2]}", "人欧", "例反映"):
            found = await web_rig.get(Role.COORDINATOR, "/api/orders", params={"q": word, "limit": 200})
            assert number not in [order["number"] for order in found["orders"]], (name, word)
        found = await web_rig.get(Role.OFFICE, "/api/orders", params={"q": "反映围挡占道", "limit": 200})
        assert number in [order["number"] for order in found["orders"]]


@pytest.fixture
def statements(web_rig: WebRig) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    found: list[str] = []
    engine = web_rig.context.sessions.kw["bind"].sync_engine

    def note(*args: object) -> None:
        found.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


async def test_a_word_of_the_name_asks_as_much_of_the_database_as_one_that_stands_nowhere(
    web_rig: WebRig, twins: tuple[str, str], statements: list[str]
) -> None:
    counts = []
    for word in (NAME, f"我叫{NAME[:1]}", "零七八", "乌有之乡", "我叫乌", "九九九"):
        statements.clear()
        await web_rig.get(Role.OFFICE, "/api/orders", params={"q": word})
        counts.append(len(statements))
    assert len(set(counts)) == 1


async def test_what_was_said_is_found_without_its_caller_and_a_limit_tells_nothing(web_rig: WebRig) -> None:
    """The newest calls that hold the word are secret: the limit counts only what the asker may hear."""
    said = "来电人欧阳保密例说书院街道的井盖"
    async with transaction(web_rig.context.sessions) as session:
        known = (await session.scalars(select(Recording).where(Recording.id == web_rig.sample.recording_id))).one()
        for number in range(3):
            row = Recording(
                linkedid="qufu-104.1", uniqueid=f"oracle-{number}", part=known.part, state=known.state,
                far_side=known.far_side, started_at=known.started_at, ended_at=known.started_at,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            session.add(Transcript(recording_id=row.id, state=TranscriptState.DONE, text=said, segments=[]))
        await session.flush()
        for linkedid in ("qufu-104.1", web_rig.sample.linkedid):
            await index_call(session, linkedid, cover_of_call)
    path = "/api/transcripts/search"
    for role in (Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR, Role.AGENT):
        one = (await web_rig.get(role, path, params={"q": "书院街道", "limit": 1}))["hits"]
        all_of_them = (await web_rig.get(role, path, params={"q": "书院街道", "limit": 50}))["hits"]
        assert [hit["recording_id"] for hit in one] == [all_of_them[0]["recording_id"]]
        assert {hit["linkedid"] for hit in all_of_them} == {web_rig.sample.linkedid}
    for word in ("欧阳保密例", "人欧", "例说", "王示例", "13800000042"):
        assert not (await web_rig.get(Role.SUPERVISOR, path, params={"q": word}))["hits"]


async def test_what_was_there_before_this_index_is_indexed_and_found_again(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Order).values(search_text=None, search=None))
        await session.execute(update(Transcript).values(search_text=None, search=None))
    assert not (await web_rig.get(Role.COORDINATOR, "/api/orders", params={"q": "神道路中段"}))["orders"]
    assert await index_all_missing(web_rig.context.sessions) > 5
    assert await index_all_missing(web_rig.context.sessions) == 0
    found = await web_rig.get(Role.COORDINATOR, "/api/orders", params={"q": "神道路中段"})
    assert web_rig.sample.lamp in [order["number"] for order in found["orders"]]
    assert (await web_rig.get(Role.SUPERVISOR, "/api/transcripts/search", params={"q": "书院街道"}))["hits"]


async def test_a_number_that_is_typed_for_the_block_list_tells_its_typist_nothing(
    web_rig: WebRig, twins: tuple[str, str]
) -> None:
    found = []
    for number in (NUMBER, "13900000971"):
        wish = {"number": number, "reason": f"{NAME}、王示例反复骚扰坐席", "days": 3}
        answer = await web_rig.ask(Role.SUPERVISOR, "POST", "/api/blocks", json=wish)
        blocked = await answer.json()
        assert answer.status == 201, blocked
        lifted = await web_rig.ask(
            Role.SUPERVISOR, "POST", f"/api/blocks/{blocked['id']}/lift", json={"why": f"不是{NAME}，是王示例"}
        )
        after = await lifted.json()
        listed = await web_rig.get(Role.SUPERVISOR, "/api/blocks")
        (mine,) = [one for one in listed["blocks"] if one["id"] == blocked["id"]]
        shown = [one["number"].replace(" ", "").replace(number, "N") for one in (blocked, after, mine)]
        found.append((shown, blocked["reason"], after["decision"], mine["reason"]))
    assert found[0] == found[1]
    assert found[0][0] == ["N"] * 3
    listed = await web_rig.get(Role.ADMINISTRATOR, "/api/blocks")
    assert NUMBER not in str(listed)
    # To the others, too, it is a number like any other.
    others = {one["number"]: one["reason"] for one in listed["blocks"]}
    assert {mask_phone(NUMBER), mask_phone("13900000971")} == others.keys()


ANSWER = "经核查，该线路已按程序处置完毕，感谢监督。"


async def test_no_rule_of_the_citys_finds_a_reporter(web_rig: WebRig) -> None:
    """An administrator changes the city's rules on screen and may never know a reporter; what a rule finds,
    everybody sees: urgency, town, a spot on the map, a mark on the reply."""
    rig = web_rig.context
    sign = UrgencySign((("我叫欧阳",),), 100, "")
    evasive = rig.policy.evasive
    assert evasive is not None

    def asking(words: str) -> EvasiveRules:
        asked = Question(parse_pattern(words), parse_pattern("没有人这样答复"))
        return replace(evasive, another=replace(evasive.another, questions=(asked,)))

    policy = replace(
        rig.policy,
        urgency=replace(rig.policy.urgency, signs=(sign,)),
        city=replace(rig.city, places=(Place("欧阳保密例家", "wucun", "site", None, (35.5, 117.0)),)),
    )
    given = {
        "kind": "report", "subject": "street-lamp", "title": "材料问题", "matter": TEXT.format(
            name=NAME, number=NUMBER, spoken=SPOKEN
        ), "place": "欧阳保密例家门口", "citizen_name": NAME, "lead_office_code": "street-lighting",
    }  # fmt: skip
    seen = []
    for secret in (True, False):
        async with transaction(rig.sessions) as session:
            at, linkedid = clock.now(), f"rules-{secret}"
            order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone=NUMBER, at=at)
            fields = given | {"confidential": secret}
            await take_step(session, policy, order.id, Step.REGISTER, actor=AGENT, at=at, fields=fields)
        async with rig.sessions() as session:
            order = await session.get_one(Order, order.id)
            spot = spot_of(policy.city, order)
            seen.append((order.urgency, order.place_town, spot is not None))
            marked = [
                bool(await marks_of(replace(policy, evasive=asking(words)), order, "已处理。", ANSWER))
                for words in ("我叫欧阳", "以次充好")
            ]
            assert marked == [False, True]
    assert seen == [(Urgency.NORMAL, None, False), (Urgency.EMERGENCY, "wucun", True)]
