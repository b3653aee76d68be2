"""When a notification may go out, when it is tried again, and what it says."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from jinja2 import TemplateError

from core.clock import CITY_ZONE
from core.errors import ConfigurationError
from dispatch.notifications.rules import (
    FACTS,
    Audience,
    NotificationText,
    Template,
    not_before,
    render,
    retry_at,
    too_old,
    wrong_words,
)
from dispatch.policy import Policy, load_policy
from tests.support.qufu import FOLDER


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ("2026-11-21 21:29:59", "2026-11-21 21:29:59"),
        ("2026-11-21 21:30:00", "2026-11-22 08:00:00"),
        ("2026-11-21 23:59:59", "2026-11-22 08:00:00"),
        ("2026-11-22 00:00:00", "2026-11-22 08:00:00"),
        ("2026-11-22 07:59:59", "2026-11-22 08:00:00"),
        ("2026-11-22 08:00:00", "2026-11-22 08:00:00"),
    ],
)
def test_citizens_are_not_written_to_in_the_quiet_hours(policy: Policy, wanted: str, allowed: str) -> None:
    result = not_before(policy.notifications, Audience.CITIZEN, Template.ORDER_REGISTERED, at(wanted))
    assert result == at(allowed)


def test_quiet_hours_may_lie_within_one_day(policy: Policy) -> None:
    rules = replace(policy.notifications, quiet_begins=dt.time(12), quiet_ends=dt.time(14))
    noon, evening = at("2026-11-21 12:30"), at("2026-11-21 23:00")
    assert not_before(rules, Audience.CITIZEN, Template.JOINED, noon) == at("2026-11-21 14:00")
    assert not_before(rules, Audience.CITIZEN, Template.JOINED, evening) == evening


def test_offices_and_texts_that_may_come_at_night_know_no_quiet_hours(policy: Policy) -> None:
    night = at("2026-11-21 23:00")
    assert not_before(policy.notifications, Audience.OFFICE, Template.WARNING, night) == night
    loud = {**policy.notifications.texts, Template.JOINED: NotificationText("题", "文", at_night=True)}
    assert not_before(replace(policy.notifications, texts=loud), Audience.CITIZEN, Template.JOINED, night) == night


def test_each_failure_has_its_own_pause_and_after_the_last_it_is_given_up(policy: Policy) -> None:
    rules, now = replace(policy.notifications, retry_minutes=(1, 30)), at("2026-11-21 10:00")
    assert [retry_at(rules, tries, now) for tries in (1, 2, 3)] == [
        at("2026-11-21 10:01"),
        at("2026-11-21 10:30"),
        None,
    ]


def test_what_waited_too_long_says_nothing_new(policy: Policy) -> None:
    queued = at("2026-11-21 10:00")
    kept = dt.timedelta(hours=policy.notifications.keep_hours)
    assert not too_old(policy.notifications, queued, queued + kept)
    assert too_old(policy.notifications, queued, queued + kept + dt.timedelta(seconds=1))


def test_a_confidential_matter_is_not_named_to_whoever_reads_the_telephone(policy: Policy) -> None:
    facts = dict(FACTS) | {"title": "举报某人", "answer": "已查处某人"}
    for template in (Template.ORDER_REGISTERED, Template.ORDER_FINISHED, Template.JOINED_FINISHED):
        assert "某人" in render(policy.notifications, template, facts)[1] or template is Template.ORDER_REGISTERED
        assert "某人" not in render(policy.notifications, template, facts | {"confidential": "是"})[1]


def test_what_a_notification_has_not_is_left_out(policy: Policy) -> None:
    _, text = render(
        policy.notifications, Template.ORDER_REGISTERED, {"city": "曲阜", "hotline": "一线通", "number": "QF1"}
    )
    assert text.startswith("【曲阜一线通】您反映的事项已受理，工单号QF1。")


def test_a_text_that_names_what_there_is_not_is_refused_with_what_there_is(policy: Policy) -> None:
    assert "citizen_phone" in wrong_words(NotificationText("题", "{{ citizen_phone }}"))
    assert wrong_words(NotificationText("题", "{{ number"))
    assert wrong_words(NotificationText("题", "{{ number }}")) == ""
    rules = replace(policy.notifications, texts={Template.JOINED: NotificationText("题", "{{ ''.__class__.__mro__ }}")})
    with pytest.raises(TemplateError):
        render(rules, Template.JOINED, {})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('code = "joined"', 'code = "order_finished"', "没有 code 为 joined"),
        ("{{ number }}", "{{ nummer }}", "nummer.*文字里可以用：.*number"),
        ("keep_hours = 72", "keep_hours = 0", "keep_hours"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, before: str, after: str, expected: str) -> None:
    folder = copytree(FOLDER, tmp_path / "city")
    file = folder / "notifications.toml"
    file.write_text(file.read_text("utf-8").replace(before, after, 1), "utf-8")
    with pytest.raises(ConfigurationError, match=expected):
        load_policy(folder)
