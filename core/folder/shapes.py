"""Kinds of fields that the city's files have in common. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from core.texts.lines import ONE_LINE


class Strict(BaseModel):
    """One record of a file. What it does not know is a mistake, and named."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    _line: int | None = PrivateAttr(default=None)

    @property
    def line_in_file(self) -> int | None:
        """Where the record begins, counted from 1; None: it was not read from a file."""
        return self._line


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Name = Annotated[str, Field(min_length=1)]
Label = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
"""A name, or what stands in one cell of a table."""
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
