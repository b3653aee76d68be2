"""Draws that anybody can repeat: the same seed gives the same orders, and every order has the same chance."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dispatch.supervision.sampling import digest, draw

NUMBERS = st.sets(st.integers(0, 10_000).map(lambda n: f"QF20261121-{n:05d}"), min_size=1, max_size=20)


@given(seed=st.text(min_size=1), population=st.dictionaries(st.sampled_from("abc"), NUMBERS), share=st.floats(0.01, 1))
def test_a_draw_is_repeated_whatever_the_order_it_is_told_in(
    seed: str, population: dict[str, set[str]], share: float
) -> None:
    drawn = draw(seed, population, share=share, at_least=1)
    shuffled = {office: sorted(numbers, reverse=True) for office, numbers in reversed(population.items())}
    assert draw(seed, shuffled, share=share, at_least=1) == drawn
    assert digest(shuffled) == digest(population)
    for office, numbers in drawn.items():
        assert set(numbers) <= population[office]
        assert len(numbers) == len(set(numbers))
        assert len(numbers) >= min(1, len(population[office]))


def test_every_office_gives_its_share_rounded_up() -> None:
    population = {"housing": [f"QF{n}" for n in range(41)], "audit": ["QF99"], "zone": []}
    drawn = draw("seed", population, share=0.05, at_least=1)
    assert {office: len(numbers) for office, numbers in drawn.items()} == {"audit": 1, "housing": 3, "zone": 0}


def test_over_many_seeds_every_order_is_drawn_about_as_often() -> None:
    population = {"housing": [f"QF{n}" for n in range(20)]}
    drawn = Counter(draw(str(seed), population, share=0.05, at_least=1)["housing"][0] for seed in range(4000))
    assert len(drawn) == 20
    assert max(drawn.values()) < 1.5 * 200
    assert min(drawn.values()) > 0.5 * 200
