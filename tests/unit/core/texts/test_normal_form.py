"""One normal form: however a text is written, what is the same is found."""

import random

import pytest

from core.texts.normal_form import asked_words, normal_form
from core.texts.search import search_document, search_query


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("３号楼２单元", "3号楼2单元"), ("三号楼二单元", "3号楼2单元"), ("3号樓2單元", "3号楼2单元"),
        ("鲁Ｈ１２３４５", "鲁h12345"), ("魯H12345", "鲁h12345"), ("十二", "12"), ("十", "10"), ("二十", "20"),
        ("二十三", "23"), ("一百零五", "105"), ("一百五", "150"), ("一百一十", "110"), ("一百二十三", "123"),
        ("一千二百三十四", "1234"), ("一千零二", "1002"), ("3百", "300"), ("二〇二六年", "2026年"),
        ("二零二六", "2026"),
        ("幺三九零零", "13900"), ("一二三四五", "12345"), ("百姓", "百姓"), ("千家万户", "千家万户"), ("两次", "2次"),
        ("三万", "3万"), ("第十二条", "第12条"), ("买买提•吐尔逊", "买买提·吐尔逊"), ("路\u200b灯", "路灯"),
        ("a\0b", "a b"), ("鲁H·12345", "鲁h12345"), ("鲁Ｈ•１２３４５", "鲁h12345"), ("魯H 12345", "鲁h12345"),
        ("鲁HD12345车", "鲁hd12345车"), ("青a 1号楼", "青a 1号楼"), ("廿三中", "23中"), ("卅六號", "36号"),
        ("买买提．吐尔逊", "买买提·吐尔逊"), ("3.5米", "3.5米"),
        ("3 号楼", "3号楼"), ("三 号樓", "3号楼"), ("3　号楼　2　单元", "3号楼2单元"), ("神道路 12 号", "神道路12号"),
        ("第 3 栋 A 座", "第3栋a座"), ("A\u00a0栋", "a栋"), ("3#楼", "3号楼"), ("３＃楼", "3号楼"),
        ("三#2单元", "3号2单元"), ("4411000#8001", "4411000#8001"),
        ("路灯  不亮", "路灯不亮"), ("3\n号楼", "3\n号楼"), ("a 1", "a 1"), ("3 百货", "3 百货"),
        ("\ud800路", "路"), ("", ""), ("三二十", "320"), ("一百十二", "112"),
    ],
)  # fmt: skip
def test_one_normal_form(written: str, normal: str) -> None:
    assert normal_form(written) == normal


def test_the_normal_form_of_a_normal_form_is_itself() -> None:
    rng = random.Random(7)
    signs = "零〇一二两三十廿百千万佰拾幺0129３号楼鲁aB·•.\u200b \n樓#　\t"
    for _ in range(3000):
        text = "".join(rng.choice(signs) for _ in range(rng.randrange(12)))
        once = normal_form(text)
        assert normal_form(once) == once, text


def test_every_number_up_to_ten_thousand_reads_as_its_figures() -> None:
    digits = "零一二三四五六七八九"

    def spoken(number: int) -> str:
        result, pending = "", False
        for unit, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = number // unit % 10
            if digit:
                result += ("零" if pending and result else "") + digits[digit] + word
                pending = False
            else:
                pending = bool(result)
        return result

    for number in range(1, 10_000):
        assert normal_form(spoken(number)) == str(number)
        if 10 < number < 20:
            assert normal_form(spoken(number).removeprefix("一")) == str(number)


def test_ten_thousand_numerals_take_no_longer_than_their_length() -> None:
    assert normal_form("十" * 10_000) == normal_form(normal_form("十" * 10_000))
    assert normal_form("一" * 10_000) == "1" * 10_000


@pytest.mark.parametrize(
    "asked", ["3号楼2单元", "三号楼", "２单元", "号楼二", "楼2单", "3 号楼", "2 单元 三号", "灯坏 3#"]
)
@pytest.mark.parametrize(
    "stored",
    [
        "家住3号楼2单元，灯坏", "家住三号楼二单元，灯坏", "家住３号樓２單元，灯坏", "家住 3 号楼 2 单元，灯坏",
        "家住三 号 楼 二 单 元，灯坏", "家住3#楼2单元，灯坏",
    ],
)  # fmt: skip
def test_the_index_holds_every_piece_that_is_asked_for(stored: str, asked: str) -> None:
    held = search_document(stored).split()
    for piece in (search_query(asked) or "").split(" & "):
        name = piece.strip("'").removesuffix(":*").strip("'")
        assert any(one.startswith(name) if piece.endswith(":*") else one == name for one in held), piece


def test_of_what_is_asked_each_word_stands_by_itself() -> None:
    assert asked_words("路灯　３ 号楼\0a") == ["路灯", "3", "号楼", "a"]
    assert asked_words(" ") == []
    assert asked_words("20261130 路灯") == ["20261130", "路灯"]
