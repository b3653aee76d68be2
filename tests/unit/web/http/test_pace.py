"""How fast an account may ask over its sockets."""

from web.http.sockets.pace import A_SECOND, BURST, Pace, Paces


def test_whoever_asks_at_an_ordinary_pace_never_waits() -> None:
    pace = Pace()
    assert [pace.seconds(at=1000 + number / A_SECOND) for number in range(500)] == [0] * 500


def test_what_comes_faster_is_answered_at_the_set_pace() -> None:
    pace = Pace()
    waits = [pace.seconds(at=1000) for _ in range(BURST + 50)]
    assert waits[:BURST] == [0] * BURST
    assert waits[-1] == 50 / A_SECOND
    assert pace.seconds(at=1000 + 50 / A_SECOND) == 1 / A_SECOND, "it is counted once the others have been answered"
    assert pace.seconds(at=2000) == 0


def test_all_sockets_of_an_account_have_one_pace_and_no_other_account_waits_for_it() -> None:
    paces = Paces()
    mine, again, other = paces.of(1), paces.of(1), paces.of(2)
    assert mine is again
    assert mine is not other
    del mine, again
    assert list(paces) == [2], "nothing is kept of accounts that have gone"
