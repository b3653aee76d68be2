"""docs/operations.md and the code agree where both state the same."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from core.settings import Settings

TEXT = (Path(__file__).parents[3] / "docs/operations.md").read_text("utf-8")


def test_every_setting_stands_in_the_table_with_its_default_and_no_other() -> None:
    written = dict(re.findall(r"^\| `(HOTLINE_[A-Z_]+)` \| (.+?) \|", TEXT, re.MULTILINE))
    assert written == dict(settings_and_defaults(Settings, "HOTLINE_"))


def settings_and_defaults(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Key and default, as the table spells them."""
    for name, field in section.model_fields.items():
        key, kind = prefix + name.upper(), field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings_and_defaults(kind, key + "__")
            continue
        assert field.default is not PydanticUndefined, key
        yield key, spelled(field.default)


def spelled(default: object) -> str:
    if default in ("", (), SecretStr("")):
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
