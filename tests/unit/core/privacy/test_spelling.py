"""Every spelling of a name or number that people, recognisers and attackers use is covered, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.privacy.name_forms import parts_of_name
from core.privacy.papers import CARD, PAPER
from core.privacy.redaction import CLEAR, NO_NAME, NO_NUMBER, Citizen, Redactor, keys_of, make_redactor
from core.privacy.spelling import _SOUNDS
from core.texts.search import mask_phone


def of(name: str = "", number: str = "", *, wholly: bool = False) -> Redactor:
    return make_redactor([Citizen(frozenset({name}), frozenset({number}), wholly)])


MOBILE, SECRET_MOBILE = of(number="13900000078"), of(number="13900000078", wholly=True)
LANDLINE, SECRET_LANDLINE = of(number="0537-4411023"), of(number="05374411023", wholly=True)
NUMERAL_FOLLOWS = [
    "我的电话13900000078一直打不通", "打13900000078两次都行", "13900000078四号楼", "幺三九零零零零零零七八一般在家",
    "第二幺三九零零零零零零七八", "五一三九零零零零零零七八九", "13900000078十点以后", "三13900000078",
]  # fmt: skip
DRAWN_APART = [
    "139/0000/0078", "139 - 0000 . 0078", "139转0000转0078", "139*0000*0078", "139📞0000📞0078", "139\n0000\r\n0078",
    "1\u200b3\u200b9\u200b0\u200b0\u200b0\u200b0\u200b0\u200b0\u200b7\u200b8", "１３９　００００　００７８",
    "①③⑨⓪⓪⓪⓪⓪⓪⑦⑧", "❶❸❾⓿⓿⓿⓿⓿⓿❼❽", "1️⃣3️⃣9️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣7️⃣8️⃣", "幺叁玖零〇零〇零零柒捌", "1390000 零零七八",
    "幺三勾洞洞洞洞洞洞拐八", "1 3 9_0 0 0 0_0 0 7 8", "139、0000、0078", "1(39)0000[0078]", "¹³⁹⁰⁰⁰⁰⁰⁰⁷⁸",
    "+86 139 0000 0078", "+8613900000078", "008613900000078", "0086-139-0000-0078", "013900000078", "(+86)13900000078",
    "1795113900000078", "一三九，嗯，零零零零，然后是零零七八", "一百三十九，零零零零零零七八", "幺三九六个零七八",
    "139OOOO0078", "l39oooooo78", "yao san jiu ling ling ling ling ling ling qi ba",
    "١٣٩٠٠٠٠٠٠٧٨", "壹参玖零零零零零零柒捌",
    "一三九双零双零双零七八", "139（中间四个零）0000（最后）0078",
]  # fmt: skip


@pytest.mark.parametrize("said", [*NUMERAL_FOLLOWS, *DRAWN_APART])
def test_a_number_is_covered_however_it_is_drawn_apart_or_followed(said: str) -> None:
    assert "139****0078" in MOBILE.text(said)
    assert NO_NUMBER in SECRET_MOBILE.text(said)
    assert (
        not set(SECRET_MOBILE.text(said).replace(NO_NUMBER, "")) & set("789７８七八⑦⑧❼❽⁷⁸拐柒")
        or said in NUMERAL_FOLLOWS
    )


@pytest.mark.parametrize("said", NUMERAL_FOLLOWS)
def test_the_word_after_a_number_stays(said: str) -> None:
    assert "一直打不通" in MOBILE.text("我的电话13900000078一直打不通")
    assert "四号楼" in SECRET_MOBILE.text("13900000078四号楼")
    assert not {"13900000078", "幺三九零零零零零零七八"} & {MOBILE.text(said), SECRET_MOBILE.text(said)}


@pytest.mark.parametrize(
    "said", ["0537-4411023", "4411023", "441-1023", "四四一幺零二三", "0537 4411023", "打4411023一直占线"]
)
def test_a_landline_is_covered_without_its_area_code(said: str) -> None:
    for redactor in (LANDLINE, SECRET_LANDLINE):
        text = redactor.text(said)
        assert "1023" not in text
        assert "一零二三" not in text
        assert "441" not in text


def test_last_eight_digits_are_covered_and_of_the_unnamed_any_eight() -> None:
    assert MOBILE.text("尾号00000078") == "尾号139****0078"
    assert (
        of(number="13912345678", wholly=True).text("号码是139-1234-56，后面不方便说")
        == f"号码是{NO_NUMBER}，后面不方便说"
    )
    assert of(number="13912345678", wholly=True).text("139123456780") == NO_NUMBER + "0"


@pytest.mark.parametrize(
    "said", ["213900000078", "139000000781", "1390000007", "工单QF20261121-0042-7", "尾号0078", "门牌139号"]
)
def test_numbers_of_other_things_stay(said: str) -> None:
    assert MOBILE.text(said) == said


@pytest.mark.parametrize("said", ["QF20261121-0042-7", "2026-11-21 14:03", "0078", "5678"])
def test_of_the_unnamed_order_numbers_and_four_digits_stay(said: str) -> None:
    assert of(number="13920261121", wholly=True).text("QF20261121-0042-7") == "QF20261121-0042-7"
    assert SECRET_MOBILE.text(said) == said


def test_a_field_with_several_numbers_hides_each() -> None:
    assert {"13900000078", "5374411023"} <= keys_of("13900000078 / 0537-4411023转8001")
    both = of(number="139 0000 0078，4411023")
    text = both.text("13900000078，4411023")
    assert "0078" not in text.replace("139****0078", "")
    assert "4411023" not in text


NAMES = [
    ("钱多多", ["钱-多多", "钱 多多", "钱·多多", "錢多多", "钱*多*多", "钱、多、多", "钱\u200b多多", "钱\n多多"]),
    ("买买提·吐尔逊", ["买买提•吐尔逊", "买买提・吐尔逊", "买买提‧吐尔逊", "买买提.吐尔逊", "买买提吐尔逊"]),
    ("张伟", ["張偉", "张 伟", "张-伟", "张.伟", "张\u200d伟"]),
    ("Zhang Wei", ["zhang wei", "ZHANGWEI", "Ｚｈａｎｇ　Ｗｅｉ", "Zhang-Wei", "zhang_wei"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, spellings in NAMES for said in spellings])
def test_a_name_is_covered_however_it_is_written(name: str, said: str) -> None:
    assert of(name, wholly=True).text(f"我是{said}，") == f"我是{NO_NAME}，"
    assert said not in of(name).text(f"我是{said}，")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("钱多多", "多多"), ("钱多多", "钱朵朵"), ("钱多多", "qianduoduo"), ("钱多多", "Duoduo Qian"),
        ("李强", "李先生"),
        ("李强", "我姓李"), ("李强", "小李"), ("李强", "li qiang"), ("李强", "李名强"), ("欧阳娜娜", "娜娜"),
        ("买买提·吐尔逊", "吐尔逊"), ("Zhang Wei", "Zhang"), ("孙先生", "孙先生"), ("孙", "孙女士"),
    ],
)  # fmt: skip
def test_one_who_wishes_to_stay_unnamed_is_not_told_by_a_part_of_his_name(name: str, said: str) -> None:
    assert of(name, wholly=True).text(f"这里{said}，") == f"这里{NO_NAME}，"


@pytest.mark.parametrize(
    "said", ["李家庄", "小李庄", "强家门口", "姓李，强烈要求", "里墙皮脱落", "street-lighting", "lighting"]
)
def test_other_words_stay(said: str) -> None:
    assert of("李强", wholly=True).text(said) == said
    assert of("Ligh", wholly=True).text(said) == said


def test_a_title_is_no_given_name() -> None:
    assert "先生" not in parts_of_name("王先生")
    assert of("王先生", wholly=True).text("张先生") == "张先生"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("身份证370881199001011234，", f"身份证{PAPER}，"), ("37088119900101123X", PAPER),
        ("370881 19900101 123x", PAPER),        ("370881-19900101-1234", PAPER),
        ("３７０８８１１９９００１０１１２３４", PAPER), ("370881900101123", PAPER),
        ("三七零八八一一九九零零一零一一二三四一直", f"{PAPER}一直"), ("37088119900101123Ｘ号", f"{PAPER}号"),
        ("37088119900101126Ⅹ", PAPER), ("37088119900101126艾克斯", PAPER), ("37088119900101126，叉", PAPER),
        ("三七零八八一，一九九零零一零一，一二三四", PAPER), ("370881199\n001011234", PAPER),
        ("身份证号是37088119900101123少一位", f"身份证号是{PAPER}少一位"), ("台胞证12345678", f"台胞证{PAPER}"),
        ("社保卡号D12345678", f"社保卡号{PAPER}"), ("对公账户1608001109200012345", f"对公账户{CARD}"),
        ("存折上的号60110001234567", f"存折上的号{CARD}"), ("医保热线0537-4411000", "医保热线0537-4411000"),
        ("户号3708811234567890", "户号3708811234567890"), ("62345678\n62345679", "62345678\n62345679"),
        ("卡号6222021234567890123", f"卡号{CARD}"), ("6222 0212 3456 7890 123", CARD), ("4111111111111111", CARD),
        ("护照E12345678", f"护照{PAPER}"),
        ("1234567890123456", "1234567890123456"), ("37088119901301123400", "37088119901301123400"),
        ("运单号123456789012", "运单号123456789012"), ("2026-11-21 14:03:22", "2026-11-21 14:03:22"),
    ],
)  # fmt: skip
def test_identity_and_card_numbers_are_covered(said: str, expected: str) -> None:
    assert MOBILE.text(said) == expected
    assert CLEAR.text(said) == said


def test_a_number_that_goes_on_in_the_next_piece_is_covered_in_both() -> None:
    assert MOBILE.texts(["我的电话是139 0000", "0078，谢谢"]) == ["我的电话是139****0078", "139****0078，谢谢"]
    assert MOBILE.texts(["没有", "号码"]) == ["没有", "号码"]


@pytest.mark.parametrize(
    "unit",
    ["1", "十", "一", "1390000007", "13900000078", "钱", "钱多", "钱-", "1 ", "三个", "1o", "370881199001011", "X",
     "转", "\u200b", "张偉", "1\n", "yao ", "1️⃣", "6222021234567890"],
)  # fmt: skip
def test_time_grows_with_the_text_alone(unit: str) -> None:
    redactor = make_redactor(
        [Citizen(frozenset({"钱多多", "张伟", "钱钱钱钱"}), frozenset({"13900000078", "11111111111"}), wholly=True)]
    )
    text = (unit * 10_000)[:10_000]
    redactor.text(text[:100])
    begun = time.thread_time()
    redactor.text(text)
    assert time.thread_time() - begun < 2.0


_SEPARATORS = st.text(st.sampled_from(" -/.*·、，\n\u200b　_"), max_size=3)
_WRITTEN = {
    str(digit): list(signs)
    for digit, signs in enumerate(
        ["0０零〇⓪洞", "1１一幺壹①", "2２二两贰②貳", "3３三叁③", "4４四肆④",
         "5５五伍⑤", "6６六陆⑥", "7７七柒拐⑦", "8８八捌⑧", "9９九玖勾⑨"]
    )
}  # fmt: skip


@given(st.data(), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.booleans())
def test_any_mixture_of_signs_and_separators_is_covered(data: st.DataObject, number: str, wholly: bool) -> None:
    written = "".join(data.draw(st.sampled_from(_WRITTEN[digit])) + data.draw(_SEPARATORS) for digit in number)
    before, after = (
        data.draw(st.sampled_from(["电话", "是", "一", "+86"])),
        data.draw(st.sampled_from(["", "一直", "。", "两次"])),
    )
    text = of(number=number, wholly=wholly).text(before + written + after)
    assert (NO_NUMBER if wholly else mask_phone(number)) in text
    assert written.strip(" -/.*·、，\n\u200b　_") not in text


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("李强先生", "李强"), ("李强 先生", "李强"), ("李强（本人）", "李强"), ("李强(女)", "李强"),
        ("李强老师", "李强"),
        ("来电人：李强", "李强"), ("李强、王芳", "王芳"), ("李强/王芳", "李强"), ("李强和王芳", "王芳"),
        ("李强 王芳", "王芳"),
        ("李强的妻子王芳", "王芳"), ("李强的妻子王芳", "李强"), ("王芳代李强", "王芳代李强"),
        ("王女士（王芳）", "王芳"),
        ("买买提·吐尔逊先生", "买买提吐尔逊"),
    ],
)  # fmt: skip
def test_a_name_is_covered_whatever_else_stands_in_its_field(field: str, said: str) -> None:
    assert of(field, wholly=True).text(f"反映{said}，") == f"反映{NO_NAME}，"
    assert said not in of(field).text(f"反映{said}，")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("李强，书院街道", "书院街道"),
        ("李强（路灯所）", "路灯所"),
        ("李强、路灯所", "路灯所"),
        ("王女士（女）", "女"),
        ("欧阳老师", "欧阳"),
    ],
)
def test_what_else_stands_in_a_names_field_names_nobody(field: str, said: str) -> None:
    assert of(field, wholly=True).text(f"在{said}。") == f"在{said}。"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("曾示例", "Zeng Shili"), ("单示例", "shanshili"), ("仇小示", "qiu xiaoshi"), ("吕示例", "Lǚ Shìlì"),
        ("李强", "lǐ qiáng"), ("李强", "Li\u030c Qia\u0301ng"), ("钱多多", "duōduo"), ("买买提·吐尔逊", "maimaiti"),
        ("买买提吐尔逊", "买买提"), ("买买提吐尔逊", "吐尔逊"), ("乌兰图雅", "图雅"), ("东野示例", "示例"),
        ("张王示例", "示例"),
        ("东野示例", "东野先生"), ("颛孙示", "我姓颛孙"), ("欧阳示例", "复姓欧阳"), ("李强", "李单名一个强"),
        ("李强", "李奶奶"), ("李强", "李大夫"), ("李强", "李老板"), ("李强", "李老汉"),
    ],
)  # fmt: skip
def test_names_of_every_kind_are_covered_in_parts_and_in_latin_letters(name: str, said: str) -> None:
    assert of(name, wholly=True).text(f"这里{said}，") == f"这里{NO_NAME}，"


@pytest.mark.parametrize(
    "said",
    [
        "yāo sān jiǔ líng líng líng líng líng líng qī bā", "yaosanjiulinglinglinglinglinglingqiba",
        "ya\u0304o sa\u0304n jiu\u030c ling ling ling ling ling ling qi ba", "ⅠⅢⅨ〇〇〇〇〇〇ⅦⅧ",
        "139 OOOO OO78", "wx:lq139O0000O78",
        "139 0000，然后让我再想一想应该是，0078", "ONE three nine zero zero zero zero zero zero seven eight",
    ],
)  # fmt: skip
def test_a_number_is_covered_in_letters_of_every_kind(said: str) -> None:
    assert "139****0078" in MOBILE.text(said)
    assert NO_NUMBER in SECRET_MOBILE.text(said)


def test_letters_of_all_scripts_never_use_up_the_signs_for_sounds() -> None:
    text = of("钱多多", wholly=True).text("".join(map(chr, range(0x20000, 0x2A6DF))) + "，前朵朵")
    assert text.endswith(f"，{NO_NAME}")
    assert len(_SOUNDS) < 2_000
