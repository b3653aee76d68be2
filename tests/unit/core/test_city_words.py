"""What a city calls its line, wherever a text names it."""

from pathlib import Path

import pytest

from core.city_words import CityWords, use_city_words
from dispatch.kinds import Channel
from dispatch.orders.labels import CHANNELS
from dispatch.policy import load_policy

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("city", "said"), [("deploy/city/qufu", "一线通热线"), ("tests/cities/qinghe", "清心热线")])
def test_every_city_names_its_hotline_as_one_once(city: str, said: str) -> None:
    use_city_words(load_policy(ROOT / city).city.words)
    assert CHANNELS[Channel.HOTLINE] == said
    assert dict(CHANNELS.items())[Channel.HOTLINE] == said


@pytest.mark.parametrize("short", ["热线", "政务服务热线", "一线通"])
def test_no_short_name_is_followed_by_the_same_word_again(short: str) -> None:
    assert CityWords(line_short=short).line_called.count("热线") == 1
