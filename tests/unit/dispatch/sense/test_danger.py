"""Danger that is heard while the words come."""

import numpy as np
import pytest

from core.errors import ConfigurationError
from dispatch.kinds import Urgency
from dispatch.sense.danger import hear_danger
from dispatch.sense.model import SenseHead, SenseModel, dump_model, load_model
from dispatch.sense.runs import STRETCH, runs_of, stretches
from dispatch.sense.shipped import shipped_model


def model(**weights: float) -> SenseModel:
    """Knows these runs; each adds its weight to the mark of danger."""
    runs = list(weights)
    head = SenseHead(
        classes=("yes",),
        starts=np.arange(len(runs) + 1, dtype=np.int32),
        columns=np.zeros(len(runs), dtype=np.int16),
        weights=np.array(list(weights.values()), dtype=np.float32),
        bias=np.array([-1], dtype=np.float32),
        steepness=2.0,
    )
    return SenseModel(
        version="test",
        runs={run: place for place, run in enumerate(runs)},
        rarity=np.ones(len(runs), dtype=np.float32),
        danger=head,
        now=head,
        kind=None,
        item=None,
        half_length=0.5,
        words_urgent=0.5,
        words_emergency=2.0,
        ring_from=0.5,
    )


FUMES = model(发青=3.0, 不动=2.0, 路灯=-3.0)


def test_danger_is_heard_in_one_stretch_however_much_is_said_before_and_after():
    chat = "我跟你说啊那天我在集上买菜，" * 40
    heard = hear_danger(FUMES, f"{chat}他脸都发青了躺着不动。路灯{chat}")
    assert heard is not None
    assert heard.rings
    assert heard.urgency is Urgency.EMERGENCY
    assert set(heard.words) == {"发青", "不动"}


def test_more_words_never_take_back_an_alarm():
    text = "他脸都发青了。" + "别的事，路灯不亮，" * 60
    rings = [bool((heard := hear_danger(FUMES, text[:end])) and heard.rings) for end in range(3, len(text), 7)]
    assert rings == sorted(rings)
    assert rings[-1]


def test_the_citys_words_add_to_what_the_model_hears():
    weak = model(发青=0.9)
    alone, with_words = hear_danger(weak, "发青"), hear_danger(weak, "发青", Urgency.EMERGENCY)
    assert alone is not None
    assert with_words is not None
    assert not alone.rings
    assert with_words.rings
    assert with_words.probability > alone.probability


@pytest.mark.parametrize("text", ["", "。。。", "\U0001f600", "\x00", "全是没见过的话"])
def test_words_that_the_model_does_not_know_mean_nothing(text: str):
    assert hear_danger(FUMES, text) is None


@pytest.mark.parametrize("text", ["a" * 10_000, "水，" * 5_000, "\n" * 900 + "水"])
def test_stretches_cover_the_text_in_order_and_none_is_too_long(text: str):
    found = stretches(text)
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    assert all(end - start <= STRETCH for start, end in found)
    assert [end for _, end in found] == sorted({end for _, end in found})


def test_a_growing_text_keeps_its_earlier_stretches():
    text = "先说一件事，再说一件。然后呢？" * 30
    assert stretches(text)[:50] == stretches(text + "又来一句。")[:50]


def test_runs_are_of_characters_without_what_stands_between_them():
    assert runs_of("灯，坏!") == {"灯": 1, " ": 1, "坏": 1, "灯 ": 1, " 坏": 1, "灯 坏": 1}


def test_a_model_is_the_same_after_it_was_stored():
    stored = load_model(dump_model(FUMES))
    before, after = hear_danger(FUMES, "脸发青，不动"), hear_danger(stored, "脸发青，不动")
    assert before is not None
    assert after is not None
    assert after.probability == pytest.approx(before.probability, abs=0.01)
    assert after.words == before.words


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"\x80\x04."])
def test_what_is_no_model_is_said_to_be_none(data: bytes):
    with pytest.raises(ConfigurationError):
        load_model(data)


@pytest.fixture(scope="module")
def shipped() -> SenseModel:
    found = shipped_model()
    assert found is not None
    return found


def test_the_shipped_model_can_be_read_and_is_small(shipped: SenseModel):
    assert len(dump_model(shipped)) < 5_000_000
    assert 0 < shipped.ring_from < 1


@pytest.mark.parametrize(
    "text",
    [
        "楼道里一股臭鸡蛋味，好几个人都头晕",
        "他在外面砸门，我和孩子躲在卫生间里不敢出声，求你们快点",
    ],
)
def test_danger_without_an_official_word_rings(shipped: SenseModel, text: str):
    heard = hear_danger(shipped, text)
    assert heard is not None
    assert heard.rings


@pytest.mark.parametrize(
    "text",
    [
        "火锅店的火锅太辣了，服务员态度还差，气死我了",
        "我们公司想预约一次消防培训，找哪个部门",
        "电费单子贵得吓死人，请帮我查一查",
        "我要表扬救火的小伙子，上个月我家的火就是他们扑灭的",
    ],
)
def test_alarming_words_in_a_harmless_matter_do_not_ring(shipped: SenseModel, text: str):
    heard = hear_danger(shipped, text)
    assert heard is None or not heard.rings
