"""A chart's boxes stand where the rows say: none, one, many, nothing, very much."""

from itertools import pairwise

import pytest

from web.charts.columns import HEIGHT, Columns, Point, columns_of
from web.charts.scale import count_steps, count_words, second_steps, strides


def chart(*values: tuple[float | None, ...], series: tuple[str, ...] = ("已接听", "放弃")) -> Columns:
    points = [Point(f"{number}时", f"{number}时到{number + 1}时", one) for number, one in enumerate(values)]
    found = columns_of("chart", "每小时来电", series[: len(values[0])], points)
    assert found is not None
    return found


@pytest.mark.parametrize("points", [[], [Point("0时", "0时", (None,))]])
def test_without_rows_or_values_there_is_no_chart(points: list[Point]):
    assert columns_of("chart", "每小时来电", ("来电",), points) is None


def test_the_boxes_of_a_row_stand_on_one_another_and_reach_what_they_count():
    (column,) = chart((3, 1)).columns
    below, above = column.boxes
    assert (below.look, above.look) == ("plain", "hatched")
    assert (below.y + below.height, above.y + above.height) == (HEIGHT, below.y)
    assert above.y == 0  # Four calls, and four is the highest line.


def test_what_is_zero_has_no_box_and_what_is_small_beside_the_tallest_is_still_seen():
    boxes = [column.boxes for column in chart((0, 0), (1_000_000, 1)).columns]
    assert boxes[0] == ()
    assert boxes[1][1].height == 1
    assert all(0 <= box.y <= HEIGHT for box in boxes[1])


def test_only_zeros_are_a_chart_with_an_axis():
    assert [words for _, words in chart((0, 0)).steps] == ["0", "1"]


def test_twenty_four_columns_fill_the_width_side_by_side():
    columns = chart(*[(1, 0)] * 24).columns
    assert columns[0].x == 0
    assert columns[-1].x + columns[-1].width == pytest.approx(100, abs=0.01)
    assert all(left.x + left.width <= right.x + 0.01 for left, right in pairwise(columns))


def test_a_telephone_shows_every_third_hour_and_a_desk_all():
    columns = chart(*[(1, 0)] * 24).columns
    assert [column.label for column in columns if column.narrow] == [f"{hour}时" for hour in range(0, 24, 3)]
    assert all(column.wide for column in columns)


@pytest.mark.parametrize("columns", range(1, 130))
def test_no_width_has_more_labels_than_fit_and_the_narrow_ones_are_among_the_wide(columns: int):
    wide, narrow = strides(columns)
    assert narrow % wide == 0
    assert -(-columns // wide) <= 30
    assert -(-columns // narrow) <= 8


def test_the_sentence_names_the_highest_row_for_those_who_do_not_see_it():
    assert chart((3, 1), (9, 2)).sentence == "每小时来电：最多的是1时到2时，11。各项数字见下面的表。"


def test_each_row_says_its_figures_and_one_of_which_nothing_is_known_says_so():
    assert [column.words for column in chart((3, 1), (None, None)).columns] == [
        "0时到1时：已接听 3，放弃 1",
        "1时到2时：没有",
    ]


@pytest.mark.parametrize("largest", [0, 0.4, 1, 3, 4, 5, 99, 100, 101, 12_345, 9_999_999])
def test_the_lines_across_are_few_whole_and_reach_the_largest(largest: float):
    steps = count_steps(largest)
    assert 2 <= len(steps) <= 5
    assert steps[-1] >= largest
    assert all(step == int(step) for step in steps)


@pytest.mark.parametrize("largest", [0, 7, 15, 61, 3700, 86_400, 4_000_000])
def test_lengths_of_time_have_lines_that_people_count_in(largest: float):
    steps = second_steps(largest)
    assert 2 <= len(steps) <= 5
    assert steps[-1] >= largest


def test_large_numbers_are_short_at_the_edge():
    assert [count_words(number) for number in (0, 950, 12_000, 20_000, 300_000_000)] == [
        "0", "950", "1.2万", "2万", "3亿",
    ]  # fmt: skip
