"""Whatever leaves an order as a notification or as speech goes through one door, and names no citizen."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.citizens.outgoing import spoken_of
from dispatch.crews.calls import announcement
from dispatch.kinds import Kind, Urgency
from dispatch.notifications.rules import FACTS, LINK, NotificationRules, NotificationText, Template, render
from dispatch.orders.models import Order
from dispatch.steps.notify import facts_about
from tests.support.qufu import qufu

ROOT = Path(__file__).parents[4]
POLICY = qufu()
CITY = POLICY.city
NAME, NUMBER = "钱多多", "13900000078"
SPELLINGS = [
    f"{NAME}反映路灯", f"电话{NUMBER}一直打不通", "幺三九零零零零零零七八一般在家", "139/0000/0078",
    "钱 多多家门口", "多多家", "00000078",
    "身份证370881199001011234",
]  # fmt: skip
TOLD = ("钱多多", "多多", "0078", "零零七八", "370881199001011234")


def order(text: str, *, confidential: bool) -> Order:
    return Order(
        id=1, number="QF20261121-0042-2", title=text, place=text, matter=text, public_answer=text, kind=Kind.HELP,
        urgency=Urgency.NORMAL, citizen_name=NAME, citizen_phone=NUMBER, confidential=confidential,
    )  # fmt: skip


@pytest.mark.parametrize("template", sorted(Template))
@pytest.mark.parametrize("text", SPELLINGS)
def test_no_notification_names_a_citizen(template: Template, text: str) -> None:
    more = {name: text for name in FACTS if name not in ("number", "link", "confidential", "title", "place", "answer")}
    for confidential in (True, False):
        result = facts_about(CITY, order(text, confidential=confidential)) | {**more, "link": LINK}
        written = "".join(result.covered(words) for words in render(POLICY.notifications, template, result.facts))
        hidden = TOLD if confidential else (NAME, NUMBER, "370881199001011234", "零零七八")
        assert not [word for word in hidden if word in written], written


@pytest.mark.parametrize(
    "words",
    [
        "{{ title | list | join('x') }}",
        "{{ title | reverse }}",
        "{{ title.replace('多', '少') }}",
        "{% for one in title %}{{ loop.index }}{{ one }}；{% endfor %}",
        "{% if '钱多' in title %}甲{% else %}乙{% endif %}",
        "{% if reason.startswith('钱') %}甲{% else %}乙{% endif %}",
        "{{ answer | truncate(12, True, '…') }}",
        "{{ place[:2] }}",
    ],
)
def test_no_template_of_the_citys_finds_or_tells_what_a_fact_hides(words: str) -> None:
    """An administrator changes the city's texts on screen and may never know a confidential reporter."""
    rules = NotificationRules({Template.ORDER_REGISTERED: NotificationText("题", words)})

    def written(name: str, number: str) -> str:
        one = order(f"{name}电话{number}反映路灯", confidential=True)
        one.citizen_name, one.citizen_phone = name, number
        facts = facts_about(CITY, one) | {"reason": one.title}
        return facts.covered(render(rules, Template.ORDER_REGISTERED, facts.facts)[1])

    assert written(NAME, NUMBER) == written("孙小小", "13700000079")


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_voice_names_no_citizen(text: str) -> None:
    for confidential in (True, False):
        one = order(text, confidential=confidential)
        said = announcement(one, CITY)
        for words in (said.title, said.place):
            assert not [word for word in (NAME, NUMBER, "0078", "零零七八") if word in words], words
            assert "*" not in words


def test_a_voice_says_somebody_for_an_ordinary_citizen() -> None:
    assert spoken_of(order("", confidential=False), f"{NAME}，{NUMBER}") == "钱某，某号码"


@given(st.text(st.sampled_from("钱多139078幺三九零七八-/ 。的一"), max_size=40), st.booleans())
def test_whatever_surrounds_a_name_and_a_number_does_not_uncover_them(around: str, confidential: bool) -> None:
    text = f"{around}，{NAME}，{NUMBER}，{around}"
    result = facts_about(CITY, order(text, confidential=confidential))
    assert NAME not in result.covered(text)
    assert f"，{NUMBER}，" not in result.covered(text)


DOORS = {
    "Notification": {"dispatch/notifications/queue.py"},
    # The second: the test of a channel, about no order.
    "Letter": {"dispatch/jobs/send_notifications.py", "dispatch/channels/trying.py"},
    "SpokenAnnouncement": {"dispatch/crews/calls.py"},
    "CoveredFacts": {"dispatch/citizens/outgoing.py"},
    "SpokenOrder": {"hotline/bridges/line/crew_calls.py"},
}
"""What is sent out, and the modules that may make it; each covers what it makes."""


def calls(path: Path) -> Iterator[str]:
    text = path.read_text()
    if not any(name in text for name in DOORS):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            made: Any = node.func
            yield made.id if isinstance(made, ast.Name) else getattr(made, "attr", "")


def test_what_leaves_the_installation_is_made_at_its_door_alone() -> None:
    made: dict[str, set[str]] = {name: set() for name in DOORS}
    for room in ("core", "telephony", "recordings", "knowledge", "dispatch", "ivr", "web", "hotline"):
        for path in (ROOT / room).rglob("*.py"):
            for name in set(calls(path)) & DOORS.keys():
                made[name].add(str(path.relative_to(ROOT)))
    assert made == DOORS
