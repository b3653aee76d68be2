"""All busy: the caller hears the place from recorded pieces, by Asterisk alone; keys keep working."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from telephony.phone import PhoneCall
from tests.support.exchange import PIECES, PROMPTS, Exchange, until
from tests.support.hearing import heard_seconds, pieces_heard, samples_of


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange that announces quickly, with one agent who is signed in and paused: everybody waits."""
    exchange = Exchange(
        tmp_path_factory.mktemp("busy"), position_seconds=5, position_least_seconds=2, announce_first_seconds=25
    )
    exchange.start()
    with exchange.agent("1001"):
        with exchange.manager() as manager:
            manager.action("QueuePause", Queue="hotline", Interface="PJSIP/1001", Paused="true")
        yield exchange
    exchange.stop()


def heard(call: PhoneCall) -> list[str]:
    return pieces_heard(call.heard(), PIECES)


def joined(exchange: Exchange, skip: int) -> int:
    return sum(row["event"] == "APP_START" and row["application"] == "Queue" for row in exchange.cel_rows(skip=skip))


def places(exchange: Exchange) -> list[str]:
    with exchange.manager() as manager:
        listed = manager.collect("QueueStatus", Queue=exchange.settings.queue)
    waiting = [event for event in listed if event["Event"] == "QueueEntry"]
    return [event["CallerIDNum"] for event in sorted(waiting, key=lambda event: int(event["Position"]))]


def call_in(exchange: Exchange, stack: ExitStack, number: int, skip: int, at_least: int) -> PhoneCall:
    phone = stack.enter_context(exchange.phone(f"citizen-{number}", number=f"1390000000{number}"))
    call = phone.call("12345")
    until(lambda: joined(exchange, skip) >= at_least, 20, "the queue")
    return call


def test_each_hears_his_place_at_once_and_again_when_he_has_moved_up(busy: Exchange) -> None:
    skip = busy.begin()
    with ExitStack() as phones:
        first, second, third = (call_in(busy, phones, number, skip, number) for number in (1, 2, 3))
        until(lambda: "queue-persons" in heard(third), 30, "the third one's place")
        assert heard(third)[:3] == ["queue-place", "digit-3", "queue-persons"]
        until(lambda: "queue-persons" in heard(second), 30, "the second one's place")
        assert heard(second)[:3] == ["queue-place", "digit-2-liang", "queue-persons"]
        until(lambda: "queue-next" in heard(first), 30, "the first one's place")
        first.hang_up()
        until(lambda: "digit-2-liang" in heard(third), 20, "the third one's new place")
        until(lambda: "queue-next" in heard(second), 20, "the second one's new place")
        third.hang_up()
        second.hang_up()
    rows = busy.wait_over(skip, 3)
    assert not {"queue-wait", "queue-minutes"} & {*heard(first), *heard(second), *heard(third)}, (
        "nobody was answered yet"
    )
    assert heard_seconds(samples_of(busy.recording(rows, "tx")), PIECES["queue-next"]) > 0.2


@pytest.mark.parametrize("again", ["1", ""])
def test_a_key_pressed_while_the_place_is_said_is_asked_for_again_and_costs_no_place(
    busy: Exchange, again: str
) -> None:
    skip = busy.begin()
    with ExitStack() as phones:
        first = call_in(busy, phones, 1, skip, 1)
        second = call_in(busy, phones, 2, skip, 2)
        third = call_in(busy, phones, 3, skip, 3)
        so_far = len(second.heard())
        until(lambda: heard_seconds(second.heard()[so_far:], PIECES["queue-place"]) > 0.05, 30, "his place")
        second.press("1")
        until(lambda: heard_seconds(second.heard(), PROMPTS["queue-keys"]) > 0.5, 20, "being asked again")
        if again:
            second.press(again)
            assert second.wait_ended(20)
            assert heard_seconds(second.heard(), PROMPTS["callback-noted"]) > 0.8
            assert "CALLBACK_ASKED" in [row["user_event"] for row in busy.cel_rows(skip=skip)]
        else:
            until(lambda: joined(busy, skip) >= 4, 20, "the queue again")
            until(lambda: len(places(busy)) == 3, what="all three in the queue")
            assert places(busy) == ["13900000001", "13900000002", "13900000003"]
        for call in (third, second, first):
            call.hang_up()
    busy.wait_over(skip, 3)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("2", "2-liang"),
        ("12", "ten 2"),
        ("35", "3 ten 5"),
        ("102", "1 hundred 0 2"),
    ],
)
def test_numbers_are_put_together_as_they_are_said(busy: Exchange, number: str, said: str) -> None:
    pieces = {name.partition("-")[2]: hertz for name, hertz in PIECES.items() if not name.startswith("queue-")}
    with busy.phone("1002") as phone, busy.manager() as manager:
        keys = {"Application": "SayNumber", "Data": number, "Async": "true"}
        manager.action("Originate", Channel="PJSIP/1002", **keys)
        call = phone.wait_call(20)
        assert call.wait_ended(20)
        assert pieces_heard(call.heard(), pieces) == said.split()
