"""What a person has said a file's columns and words mean. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadInput
from dispatch.former.fields import CODED, REQUIRED, FormerField
from dispatch.former.labels import FORMER_FIELDS
from dispatch.kinds import Channel

AS_WORDS = "-"
"""The city has nothing of its own for this value: it stays in the history as it stands."""


@dataclass(frozen=True)
class FormerMapping:
    columns: tuple[FormerField | None, ...]
    """Of each column; None: it is left."""
    values: Mapping[FormerField, Mapping[str, str]] = field(default_factory=dict)
    """For each coded field: the former system's word → our code, or AS_WORDS. A word that is not in it is undecided."""
    channel: Channel = Channel.HOTLINE
    """Of orders for which no column says it."""

    def column_of(self, wanted: FormerField) -> int | None:
        return next((at for at, one in enumerate(self.columns) if one is wanted), None)

    def check(self) -> None:
        """Raises BadInput with all that is wrong."""
        wrong = []
        for one in FormerField:
            count = self.columns.count(one)
            if count > 1 and one is not FormerField.NOTE:
                wrong.append(
                    f"“{FORMER_FIELDS[one]}”选了{count}列，只能选一列，其余的可以选“{FORMER_FIELDS[FormerField.NOTE]}”。"
                )
            if one in REQUIRED and not count:
                wrong.append(f"没有选哪一列是“{FORMER_FIELDS[one]}”。")
        if self.column_of(FormerField.STATE) is None and self.column_of(FormerField.CLOSED_AT) is None:
            wrong.append("请选“办理状态”或“办结时间”所在的列：只有办完的工单才转入。")
        if wrong:
            raise BadInput("\n".join(wrong))

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "values": {name: dict(words) for name, words in self.values.items()},
            "channel": self.channel,
        }


def mapping_of(stored: Mapping[str, Any], width: int) -> FormerMapping:
    """As it was stored; what a later release does not know any more counts as not said."""
    columns = [_field(one) for one in _padded(stored.get("columns") or [], width)]
    values = {
        name: {str(word): str(code) for word, code in words.items()}
        for one, words in (stored.get("values") or {}).items()
        if (name := _field(one)) in CODED and name is not None
    }
    channel = stored.get("channel")
    return FormerMapping(tuple(columns), values, Channel(channel) if channel in set(Channel) else Channel.HOTLINE)


def _field(said: str | None) -> FormerField | None:
    return FormerField(said) if said in set(FormerField) else None


def _padded(columns: Sequence[str | None], width: int) -> list[str | None]:
    return [*columns[:width], *[None] * (width - len(columns))]
