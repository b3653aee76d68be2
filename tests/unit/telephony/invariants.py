"""What holds of every call's picture, whatever was heard of the call."""

import datetime as dt
import itertools

from telephony.calls.call_state import CallPicture, CallState


def assert_sound(picture: CallPicture, *, in_order: bool = True) -> None:
    """`in_order`: the facts came in the order of their times, so the picture's times follow one another too."""
    ended = picture.state is CallState.ENDED
    assert (picture.outcome is not None) == ended
    assert (picture.ended_at is not None) == ended
    assert picture.legs
    assert bool(picture.living) != ended
    assert (picture.answered_at is None) == (not picture.answered_by)
    assert picture.answered_at or picture.state is not CallState.TALKING
    assert picture.message_started_at or picture.state is not CallState.LEAVING_MESSAGE
    assert set().union(*picture.bridges.values()) <= picture.legs.keys()
    assert all(uniqueid == leg.uniqueid for uniqueid, leg in picture.legs.items())
    if in_order:
        _assert_ordered(picture.started_at, picture.queued_at, picture.ended_at)
        _assert_ordered(picture.started_at, picture.answered_at, picture.ended_at)
        _assert_ordered(picture.message_started_at, picture.message_ended_at, picture.ended_at)
        for leg in picture.legs.values():
            _assert_ordered(picture.started_at, leg.started_at, leg.answered_at, leg.ended_at, picture.ended_at)
            _assert_ordered(leg.started_at, leg.connected_at, leg.citizen_at, leg.ended_at)


def _assert_ordered(*times: dt.datetime | None) -> None:
    known = [time for time in times if time is not None]
    assert all(earlier <= later for earlier, later in itertools.pairwise(known))
