"""Which crew goes, and why."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.city.records import City
from dispatch.policy import Policy
from dispatch.routing.crew_ranking import Candidate, CrewPosition, Scene, Spot, choose_units, distance_km, first_choice
from dispatch.routing.route import route

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
SPOT = (35.5966, 116.9915)
BUSY_FROM = 3


def at_place(km_north: float, minutes_ago: float = 1) -> CrewPosition:
    return CrewPosition(
        SPOT[0] + km_north / 111.195, SPOT[1], AT - dt.timedelta(minutes=minutes_ago), minutes_ago <= 10
    )


def chosen(city: City, town: str | None = "lucheng", trade: str = "lamps", **units: Candidate) -> list[str]:
    scene = Scene(AT, Spot(SPOT), {code.replace("_", "-"): now for code, now in units.items()})
    return [one.code for one in choose_units(city, BUSY_FROM, trade=trade, town=town, scene=scene)]


def test_without_shifts_and_positions_the_towns_own_crew_comes_first(city: City) -> None:
    assert chosen(city) == ["unit-01", "unit-02", "unit-03"]
    assert chosen(city, "nishan") == ["unit-03", "unit-01", "unit-02"]


def test_a_crew_off_shift_comes_last_however_near_it_is(city: City) -> None:
    off = Candidate(on_shift=False, position=at_place(0.1))
    assert chosen(city, unit_01=off, unit_03=Candidate(on_shift=True)) == ["unit-02", "unit-03", "unit-01"]


@pytest.fixture(scope="module")
def both(city: City) -> City:
    """Two crews serve the old town."""
    second = dataclasses.replace(city.units["unit-02"], towns=("lucheng", "shuyuan"))
    return dataclasses.replace(city, units={**city.units, "unit-02": second})


def on_shift(orders: int, position: CrewPosition | None = None, **more: bool) -> Candidate:
    return Candidate(True, orders_in_hand=orders, position=position, **more)  # type: ignore[arg-type]


def test_of_two_that_serve_the_town_the_nearer_free_one_goes(both: City) -> None:
    far = on_shift(0, at_place(4))
    assert chosen(both, unit_01=far, unit_02=on_shift(1, at_place(1.2)))[:2] == ["unit-02", "unit-01"]
    assert chosen(both, unit_01=far, unit_02=on_shift(3, at_place(1.2)))[:2] == ["unit-01", "unit-02"]
    busy = on_shift(1, at_place(1.2), under_way=True)
    assert chosen(both, unit_01=far, unit_02=busy)[:2] == ["unit-01", "unit-02"]


def test_a_stale_position_is_no_reason_to_prefer_anybody(both: City) -> None:
    stale = on_shift(0, at_place(0.2, minutes_ago=11))
    assert chosen(both, unit_01=on_shift(0, at_place(9)), unit_02=stale)[:2] == ["unit-01", "unit-02"]
    assert chosen(both, unit_01=on_shift(0), unit_02=stale)[:2] == ["unit-01", "unit-02"]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Candidate(), "负责鲁城街道的路灯。"),
        (
            Candidate(True, orders_in_hand=0, position=at_place(2.3, 4)),
            "负责鲁城街道的路灯；正在当班；手上没有任务；距现场2.3公里（4分钟前的位置）。",
        ),
        (Candidate(True, "在路上", True, 1), "负责鲁城街道的路灯；正在当班，在路上；手上1件。"),
        (Candidate(True, orders_in_hand=3), "负责鲁城街道的路灯；正在当班；手上3件。"),
        (
            Candidate(True, orders_in_hand=1, position=at_place(1, 30)),
            "负责鲁城街道的路灯；正在当班；手上1件；09:30的位置因已过时不用来比较远近。",
        ),
        (
            Candidate(False, orders_in_hand=None, position=at_place(1)),
            "负责鲁城街道的路灯；不当班；09:59的位置因不当班不用来比较远近。",
        ),
    ],
)
def test_why_a_crew_was_chosen_is_said_in_plain_words(city: City, now: Candidate, said: str) -> None:
    scene = Scene(AT, Spot(SPOT), {"unit-01": now})
    found = choose_units(city, BUSY_FROM, trade="lamps", town="lucheng", scene=scene)
    assert next(one.why for one in found if one.code == "unit-01") == said


def test_a_distance_from_a_villages_middle_is_called_one(city: City) -> None:
    scene = Scene(AT, Spot(SPOT, "鼓楼大街"), {"unit-01": Candidate(True, orders_in_hand=0, position=at_place(2.3, 4))})
    found = choose_units(city, BUSY_FROM, trade="lamps", town="lucheng", scene=scene)
    assert found[0].why.endswith("距现场约2.3公里（4分钟前的位置，现场按鼓楼大街的位置估算）。")


def test_a_neighbour_on_shift_goes_when_the_towns_own_crew_is_off(policy: Policy) -> None:
    scene = Scene(AT, None, {"unit-01": Candidate(False), "unit-02": Candidate(True), "unit-03": Candidate(True)})
    found = route(policy.city, policy.asking, subject="street-lamp", place_town="lucheng", scene=scene)
    assert (found.unit_code, found.sure) == ("unit-02", True)
    assert "不负责鲁城街道的路灯；正在当班" in found.why[-1]


def test_when_all_are_off_shift_the_towns_own_crew_is_called_all_the_same(policy: Policy) -> None:
    scene = Scene(AT, None, dict.fromkeys(policy.city.units, Candidate(False)))
    found = route(policy.city, policy.asking, subject="street-lamp", place_town="lucheng", scene=scene)
    assert (found.unit_code, found.sure) == ("unit-01", True)
    assert first_choice(choose_units(policy.city, BUSY_FROM, trade="heating", town="wucun", scene=scene)) is None


def test_the_distance_is_the_great_circles() -> None:
    # Qufu to Jinan, as maps measure it.
    assert distance_km((35.5966, 116.9915), (36.6512, 117.1201)) == pytest.approx(117.8, abs=0.5)
    assert distance_km((0.0, 179.9), (0.0, -179.9)) == pytest.approx(22.24, abs=0.01)


units_now = st.builds(
    Candidate,
    on_shift=st.sampled_from([None, True, False]),
    under_way=st.booleans(),
    orders_in_hand=st.none() | st.integers(0, 5),
    position=st.none() | st.builds(at_place, st.floats(0, 50), st.floats(-5, 120)),
)


@given(st.dictionaries(st.sampled_from(["unit-01", "unit-02", "unit-03"]), units_now))
def test_what_is_not_fresh_or_not_on_shift_never_changes_the_order(city: City, units: dict[str, Candidate]) -> None:
    def order(known: dict[str, Candidate]) -> list[str]:
        scene = Scene(AT, Spot(SPOT), known)
        return [one.code for one in choose_units(city, BUSY_FROM, trade="lamps", town="lucheng", scene=scene)]

    usable = {
        code: now
        if now.position and now.on_shift is not False and now.position.fresh
        else dataclasses.replace(now, position=None)
        for code, now in units.items()
    }
    assert order(units) == order(usable)
    assert sorted(order(units)) == ["unit-01", "unit-02", "unit-03"]
    assert order(dict(reversed(units.items()))) == order(units)
