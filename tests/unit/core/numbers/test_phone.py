"""One number, however a network or a person writes it."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.numbers.phone import Number, mentions, number_key, number_keys, parse_numbers, plain_number
from core.numbers.plan import area_code, dial_form, spellings, use_area_code
from core.numbers.shown import mask_number, number_type, number_words
from core.numbers.withheld import is_withheld

HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
LANDLINE = [

    "4411000", "441 1000", "0537-4411000", "05374411000", "5374411000", "+865374411000", "00865374411000",
    "865374411000", "(0537)4411000", "（0537）4411000", "０５３７－４４１１０００", "0537 441 1000", "0537.441.1000",
    "0537/4411000", "+86 (0) 537 4411000", "零五三七四四一一零零零", "四四幺幺零零零", "tel:+86-537-4411000",
    "<sip:05374411000@192.0.2.1;user=phone>", "+864411000", "0537–4411000",
]  # fmt: skip
MOBILE = [
    "13900000001", "+86 139 0000 0001", "008613900000001", "013900000001", "8613900000001", "+86-139-0000-0001",
    "139/0000/0001", "139.0000.0001", "１３９０００００００１", "幺三九零零零零零零零幺", "幺39 0000 0001",
    "1795113900000001", "+861795113900000001", "17951+8613900000001", "17951-013900000001", "008612593013900000001",
    "tel:13900000001;phone-context=+86", '"张三" <tel:+86-139-0000-0001>',
    "sip:13900000001@anonymous.example", "\u202d13900000001\u202c", "139\u200b0000\u200b0001",
    "1 3 9 0 0 0 0 0 0 0 1",
    "\ufeff139\u20060000\u20060001",
]  # fmt: skip
WITHHELD = [
    "", " ", "anonymous", "Anonymous", "anonymous@anonymous.invalid", "sip:anonymous@192.0.2.1", "PRIVATE",
    "UNAVAILABLE", "Restricted", "unknown", '"Unknown" <sip:unknown@1.2.3.4>', "00000000000", "0", "-", "111",
    "９９９９９９９", "未知号码", "+8600000000000", "8600000000000", "008600000000000", "+86", "+860", "OUT_OF_AREA",
    "Out of Area", "PAYPHONE", '"asterisk" <sip:asterisk@192.0.2.1>', "私人号码", "号码不显示", "无", "暂无",
    "不详", "N/A",
    "\u202d\u202c",
]  # fmt: skip


@pytest.fixture(autouse=True)
def qufu() -> Iterator[None]:
    before = area_code()
    use_area_code("0537")
    yield
    use_area_code(before)


@pytest.mark.parametrize("number", LANDLINE)
def test_all_spellings_of_a_landline_have_one_key(number: str) -> None:
    assert number_key(number) == "5374411000"
    assert plain_number(number) == "05374411000" or number.startswith(('"', "<"))


@pytest.mark.parametrize("number", MOBILE)
def test_all_spellings_of_a_mobile_have_one_key(number: str) -> None:
    assert number_key(number) == "13900000001"
    assert plain_number(number) == "13900000001"


@pytest.mark.parametrize("number", WITHHELD)
def test_a_withheld_number_is_none_however_the_network_says_so(number: str) -> None:
    assert is_withheld(number)
    assert (number_key(number), plain_number(number), spellings(number_key(number))) == ("", "", ())


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("0571-88123456", "57188123456"), ("57188123456", "57188123456"), ("0538-4411000", "5384411000"),
        ("+852 1234 5678", "0085212345678"), ("0085212345678", "0085212345678"), ("110", "110"), ("1001", "1001"),
        ("12", ""), ("unit-07", ""), ("王主任", ""), ("12" * 99, "12" * 10), ("400-123-4567", "4001234567"),
    ],
)  # fmt: skip
def test_other_numbers_keep_apart(number: str, key: str) -> None:
    assert number_key(number) == key


def test_the_area_code_is_the_citys_and_without_one_local_digits_stay() -> None:
    use_area_code("0571")
    assert number_key("88123456") == number_key("0571-88123456")
    use_area_code("")
    assert number_key("88123456") == "88123456"
    with pytest.raises(ValueError, match="area code"):
        use_area_code("537")


@pytest.mark.parametrize(
    "mark",
    [
        "转8001", "转 8001", "-8001", " ext. 8001", "x8001", "#8001", ",8001", "，8001", "分机8001", "（8001）",
        "—8001", ";ext=8001",
    ],
)  # fmt: skip
@pytest.mark.parametrize("number", ["4411000", "0537-4411000", "(0537) 441 1000"])
def test_an_extension_is_kept_apart_and_not_dialled_into_the_number(number: str, mark: str) -> None:
    (one,) = parse_numbers(number + mark)
    assert one == Number("5374411000", "8001")
    assert (one.dial, plain_number(number + mark)) == ("05374411000", (number + mark).strip())


@pytest.mark.parametrize("between", ["/", "、", "或", "\n", " ", ",", "；", " 王主任"])
@pytest.mark.parametrize("first", ["4411000", "0537-4411000", "13800000002"])
def test_several_numbers_in_a_field_are_several(first: str, between: str) -> None:
    text = first + between + "13900000001"
    assert number_keys(text) == (number_key(first), "13900000001")
    assert plain_number(text) == text


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("+8612345", "12345"), ("008612345", "12345"), ("+86 12345", "12345"), ("+86-12345", "12345"),
        ("tel:+86-12345", "12345"), ("+86110", "110"), ("+8695588", "95588"), ("＋８６１２２", "122"),
        ("8612345", "5378612345"), ("8688888", "5378688888"),
    ],
)  # fmt: skip
def test_a_short_number_after_the_country_is_no_local_one(number: str, key: str) -> None:
    assert number_key(number) == key


@pytest.mark.parametrize("number", ["053712345", "0537-12345", "+8653712345", "86 537 12345", "（0537）12345"])
def test_a_service_of_a_city_is_no_subscriber_of_it(number: str) -> None:
    assert number_key(number) == "053712345"
    assert (dial_form("053712345"), number_key("053712345")) == ("053712345", "053712345")
    assert {number_key(one) for one in spellings("053712345")} == {"053712345"}


@pytest.mark.parametrize("number", ["8600000", "86000000"])
def test_a_local_number_that_begins_as_the_country_does_is_a_number(number: str) -> None:
    assert number_key(number) == "537" + number


def test_a_day_beside_a_number_is_no_number() -> None:
    assert number_keys("2026-11-30 13900000001") == ("13900000001",)
    assert number_keys("2026/1/5下午再打4411000") == ("5374411000",)
    assert number_keys("2026.11.30") == ()


@example("17901000000")
@example("5375371000")
@example("53753712345")
@given(st.from_regex(r"1[3-9][0-9]{9}|537[2-8][0-9]{6}|[3-9][0-9]{2}[2-8][0-9]{6,7}", fullmatch=True))
def test_a_number_is_found_by_every_spelling_that_is_looked_up(key: str) -> None:
    if len(set(key[3:])) > 1 and not key.startswith(("86", "400", "800")):
        assert {number_key(spelling) for spelling in spellings(key)} == {key}
        assert number_key(dial_form(key)) == key


@given(st.text(max_size=60), st.text(alphabet="0123456789+-()/ 转x幺,@;.", max_size=40))
def test_a_key_and_what_is_dialled_are_ascii_digits_only_whatever_was_typed(prose: str, digits: str) -> None:
    for one in (*parse_numbers(prose), *parse_numbers(digits), *parse_numbers(prose + digits)):
        assert (one.key + one.dial + one.extension).isascii()
        assert (one.key + one.dial).isdigit()
        assert 3 <= len(one.key) <= 20


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("请打我儿子的电话139-0000-0001，谢谢", True), ("手机13900000001", True), ("＋86 13900000001", True),
        ("13900000002", False), ("11月20日 139", False), ("", False),
    ],
)  # fmt: skip
def test_a_number_is_found_in_a_text_with_what_people_put_between(text: str, there: bool) -> None:
    assert mentions(text, "13900000001") is there


def test_people_read_a_number_in_groups_and_what_it_is() -> None:
    assert (number_words("+8613900000001"), number_type("13900000001")) == ("139 0000 0001", "手机")
    assert (number_words("4411000"), number_type("4411000")) == ("0537 441 1000", "固定电话")
    assert (number_words("hotline"), number_type("")) == ("hotline", "")
    assert number_type("+85221234567") == number_type("0085221234567") == "境外号码"


@pytest.mark.parametrize("length", range(3, 16))
def test_of_every_number_but_a_mobile_at_least_half_is_hidden(length: int) -> None:
    number = ("4218537699024617")[:length]
    masked = mask_number(number)
    assert sum(sign.isdigit() for sign in masked) <= length // 2
    assert "****" in masked


@pytest.mark.parametrize(
    ("field", "masked"),
    [
        ("13900000001", "139****0001"), ("+8613900006001", "139****6001"), ("4411000", "44****0"),
        ("4411000转8001", "44****0转****"), ("4411000 王主任13900000001", "44****0、139****0001"), ("王主任", "****"),
        ("anonymous", ""), ("unit-07", "unit-07"), ("QQ123456789", "****"), ("wxid_ab12cd34", "****"),
        ("zhangsan1990", "****"), ("13900000001-8001", "139****0001"),
    ],
)  # fmt: skip
def test_extensions_other_numbers_and_what_stands_beside_them_are_hidden(field: str, masked: str) -> None:
    assert mask_number(field) == masked


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "139 0000 0001 ", "一", "x1", "4411000转", "(", "sip:1@", "+86 ", "a@", "12,"]
)
def test_reading_numbers_takes_time_in_proportion_to_the_text(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        tries = []
        for _ in range(3):
            begun = time.perf_counter()
            mentions(text, "13900000001")
            tries.append(time.perf_counter() - begun)
        return min(tries)

    assert seconds(10_000) < 0.5


@pytest.mark.parametrize("typed", ["1380000004", "138000000421", "139 0000 00", "１３９００００００"])
def test_a_mobile_with_a_digit_too_few_or_too_many_stays_as_it_was_typed(typed: str) -> None:
    assert plain_number(typed) == "".join(sign for sign in typed if sign.isdecimal()).translate(HALF_WIDTH)
    assert mask_number(typed).count("*") >= 4
