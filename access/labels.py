"""The words for those who may know a citizen."""

DISCLOSURE_REASONS = ("联系诉求人核实情况", "上门处理前联系", "告知办理进展", "回访办理结果", "更正登记的姓名或号码")
"""Proposed to who wants to see a citizen; any other may be written."""
