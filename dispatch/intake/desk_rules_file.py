"""desk.toml as it is written, and the rules that it becomes."""

from typing import Annotated

from pydantic import Field

from core.folder.shapes import Count, Share, Strict
from dispatch.intake.desk_rules import DeskRules


class DuplicatesLine(Strict):
    days: Count
    place: Share
    text: Share
    ask: Share = 0.6
    shown: Count


class NearbyLine(Strict):
    shown: Count


class CallerLine(Strict):
    often: Count


class UrgingLine(Strict):
    a_day: Count = 1


class BlockLine(Strict):
    days: Count
    longest_days: Annotated[int, Field(gt=0, le=365)]


class DeskFile(Strict):
    duplicates: DuplicatesLine
    nearby: NearbyLine
    caller: CallerLine
    urging: UrgingLine = UrgingLine()
    block: BlockLine


def desk_rules(file: DeskFile) -> DeskRules:
    return DeskRules(
        duplicate_days=file.duplicates.days,
        place_bar=file.duplicates.place,
        text_bar=file.duplicates.text,
        ask_place_bar=file.duplicates.ask,
        duplicates_shown=file.duplicates.shown,
        nearby_shown=file.nearby.shown,
        urges_a_day=file.urging.a_day,
        often=file.caller.often,
        block_days=file.block.days,
        block_longest_days=file.block.longest_days,
    )
