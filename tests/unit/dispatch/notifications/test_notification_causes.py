"""The recipients of due events, and the addresses at which people can be notified."""

import datetime as dt

import pytest

from dispatch.clock.timers import DueItem, DueKind
from dispatch.notifications.contacts import wrong_address
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.steps.due_events import recipients_of

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


def notified(kind: DueKind, office: str = "housing") -> list[tuple[str, str]]:
    return [(audience.value, template.value) for audience, template in recipients_of(DueItem(AT, kind, AT, office))]


def test_an_office_is_reminded_and_warned_and_its_accountability_told_to_the_supervisor_too() -> None:
    assert notified(DueKind.ACCEPT_REMINDER) == [("office", "reminder")]
    assert notified(DueKind.PART_WARNING) == [("office", "warning")]
    both = [("office", "accountability"), ("supervisor", "accountability")]
    assert notified(DueKind.ACCEPT_ACCOUNTABILITY) == both
    assert notified(DueKind.FINISH_WARNING) == [("office", "warning"), *both]


def test_what_no_office_has_yet_is_the_coordinators() -> None:
    assert notified(DueKind.ACCEPT_WARNING, "") == [("coordinator", "warning")]
    assert notified(DueKind.FINISH_WARNING, "") == [("coordinator", "warning")]


def test_decisions_that_are_waited_for_are_told_to_who_decides_and_who_watches() -> None:
    assert notified(DueKind.RETURN_UNDECIDED, "") == [("coordinator", "undecided"), ("supervisor", "undecided")]
    assert notified(DueKind.RULING_OVERDUE, "") == [("supervisor", "undecided")]
    assert notified(DueKind.SUPERVISION_UNANSWERED) == [("office", "undecided"), ("supervisor", "undecided")]


def test_an_order_that_goes_on_by_itself_is_told_to_nobody() -> None:
    assert notified(DueKind.RESUME) == []


@pytest.mark.parametrize("kind", sorted(set(DueKind) - {DueKind.RESUME}))
def test_everything_else_that_falls_due_is_told_to_somebody(kind: DueKind) -> None:
    for office in ("housing", ""):
        assert recipients_of(DueItem(AT, kind, AT, office)) or (kind, office) == (DueKind.ACCEPT_ACCOUNTABILITY, "")
        assert all(
            isinstance(a, Audience) and isinstance(t, Template) for a, t in recipients_of(DueItem(AT, kind, AT, office))
        )


@pytest.mark.parametrize(
    ("channel", "good", "bad"),
    [
        (NotificationChannel.SMS, "13800000042", "0537-4411000"),
        (NotificationChannel.EMAIL, "office@example.cn", "a@b, c@d"),
        (NotificationChannel.WECOM, "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "https://qyapi.weixin.qq.com/x?key=1"),
        (NotificationChannel.DINGTALK, "a" * 64, "短"),
        (NotificationChannel.FEISHU, "b" * 36, ""),
        (NotificationChannel.WEBHOOK, "https://oa.example.cn/hook?x=1", "file:///etc/passwd"),
        (NotificationChannel.WEBHOOK, "http://127.0.0.1:80/", "https://user:secret@oa.example.cn/"),
        (NotificationChannel.MQTT, "hotline/unit-01", "hotline/#"),
    ],
)
def test_an_address_fits_its_channel(channel: NotificationChannel, good: str, bad: str) -> None:
    assert wrong_address(channel, good) == ""
    assert wrong_address(channel, bad).startswith("请填写")
