"""Which row names the columns, and what they are guessed to be."""

from dispatch.former.fields import FormerField as F
from dispatch.former.heads import find_heads, guess_columns, is_head_again

DATA = ["GD001", "2023-01-05", "示例", "13900000001", "路灯不亮"]


def test_the_first_row_names_the_columns() -> None:
    heads = find_heads([(1, ["工单编号", "受理时间", "诉求人", "电话", "内容"]), (2, DATA)])
    assert (heads.row, heads.names[3]) == (1, "电话")
    assert guess_columns(heads.names) == [F.NUMBER, F.RECEIVED_AT, F.CITIZEN_NAME, F.CITIZEN_PHONE, F.MATTER]


def test_a_title_and_a_line_of_notes_above_the_heads_are_passed_over() -> None:
    rows = [
        (1, ["热线工单导出"] * 5),
        (3, ["导出时间：2023-02-01"]),
        (4, ["编号", "登记日期", "姓名", "手机", "反映内容"]),
        (5, DATA),
    ]
    assert find_heads(rows).row == 4


def test_two_rows_of_heads_are_read_as_one() -> None:
    merged = [
        (1, ["编号", "时间", "诉求人", "诉求人", "内容"]),
        (2, ["编号", "时间", "姓名", "电话", "内容"]),
        (3, DATA),
    ]
    heads = find_heads(merged)
    assert (heads.row, heads.names) == (2, ["编号", "时间", "诉求人 姓名", "诉求人 电话", "内容"])
    assert guess_columns(heads.names)[2:4] == [F.CITIZEN_NAME, F.CITIZEN_PHONE]
    blanks = [(1, ["编号", "时间", "诉求人", "", "内容"]), (2, ["", "", "姓名", "电话", ""]), (3, DATA)]
    assert find_heads(blanks).names == heads.names


def test_a_first_row_of_values_in_words_is_not_taken_for_heads_of_a_second_row() -> None:
    rows = [(1, ["编号", "姓名", "内容", "电话", "时间"]), (2, ["甲一", "示例", "路灯不亮", "", ""]), (3, DATA)]
    assert find_heads(rows).row == 1


def test_a_table_without_heads_is_said_to_have_none() -> None:
    assert find_heads([(1, DATA), (2, DATA)]).row == 0
    assert find_heads([]).row == 0


def test_heads_in_the_middle_are_known_again() -> None:
    names = ["编号", "诉求人 姓名", "诉求人 电话"]
    assert is_head_again(names, ["编号", "姓名", "电话"])
    assert is_head_again(names, names)
    assert not is_head_again(names, ["GD002", "姓名", "电话"])
    assert not is_head_again(names, ["编号"])


def test_a_field_is_guessed_once_and_unknown_names_not_at_all() -> None:
    assert guess_columns(["电话", "联系电话", "坐席工号", ""]).count(F.CITIZEN_PHONE) == 1
    assert guess_columns(["坐席工号", ""]) == [None, None]
