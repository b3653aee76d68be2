"""The citizens of several orders that are the same as one that wishes to stay unnamed."""

import pytest

from core.privacy.redaction import Citizen
from core.privacy.same_citizen import spread_wish


def _citizen(name: str = "", number: str = "", *, wholly: bool = False) -> Citizen:
    return Citizen(frozenset({name} - {""}), frozenset({number} - {""}), wholly)


def _unnamed(*citizens: Citizen) -> set[int]:
    return {of for of, citizen in spread_wish(dict(enumerate(citizens))).items() if citizen.wholly}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("", "13900000078"),
        ("", "+8613900000078"),
        ("别名", "139 0000 0078"),
        ("", "053713800000/13900000078"),
        ("欧阳朵玉", ""),
        ("欧阳 朵玉", "13700000001"),
        ("欧阳朵玉女士", "13700000001"),
        ("歐陽朵玉（本人）", ""),
        ("王示例、欧阳朵玉", ""),
    ],
)
def test_the_same_number_or_name_in_any_spelling_is_the_same_citizen(name: str, number: str) -> None:
    asked = _citizen("欧阳朵玉", "13900000078", wholly=True)
    assert _unnamed(asked, _citizen(name, number)) == {0, 1}
    assert _unnamed(_citizen(name, number), asked) == {0, 1}


@pytest.mark.parametrize(
    ("name", "number"),
    [("", ""), ("欧阳平平", "13900000079"), ("欧阳", "1390000"), ("李", "anonymous"), ("", "00000000000")],
)
def test_others_are_not(name: str, number: str) -> None:
    assert _unnamed(_citizen("欧阳朵玉", "13900000078", wholly=True), _citizen(name, number)) == {0}


def test_one_who_is_the_same_as_the_same_is_the_same() -> None:
    asked, between = _citizen("欧阳朵玉", wholly=True), _citizen("欧阳朵玉", "13900000078")
    far = _citizen("", "13900000078")
    assert _unnamed(far, between, asked) == {0, 1, 2}
    assert _unnamed(far, asked) == {1}


def test_nobody_is_where_nobody_asked_for_it() -> None:
    assert _unnamed(_citizen("欧阳朵玉", "13900000078"), _citizen("欧阳朵玉")) == set()
    assert spread_wish({}) == {}
