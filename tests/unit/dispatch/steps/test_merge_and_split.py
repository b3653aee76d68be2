"""A merger's sentences keep the name of the person who works on the order, and nobody else's."""

import pytest

from dispatch.steps.life.merge_and_split import with_whom

NO_NAME = "（姓名不予显示）"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("周示例把工单2并入：同一盏灯", "周示例把工单2并入：同一盏灯"),
        ("周示例撤回了工单2的并单：韩示例要求分开", f"周示例撤回了工单2的并单：{NO_NAME}要求分开"),
        ("周示例撤回了工单2的并单：韩示例要求把工单分开", f"周示例撤回了工单2的并单：{NO_NAME}要求把工单分开"),
        ("周示例把工单2并入：韩示例撤回了工单1", f"周示例把工单2并入：{NO_NAME}撤回了工单1"),
        ("韩示例来过", f"{NO_NAME}来过"),
    ],
)
def test_only_who_works_on_the_order_is_named(said: str, read: str) -> None:
    covered = said.replace("韩示例", NO_NAME).replace("周示例", NO_NAME)
    assert with_whom(said, covered) == read
