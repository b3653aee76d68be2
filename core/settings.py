"""Every setting of the installation, in one frozen object.

Read at start from the environment (`HOTLINE_…`, sections with `__`: `HOTLINE_WEB__PORT=8443`) and from the
TOML file that `HOTLINE_SETTINGS` names (default `hotline.toml`, which may be missing). Secrets come only from
there. A wrong key or value stops the start and is reported with its correction. Nothing reads the environment later.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import ConfigurationError
from core.folder.head import city_head
from core.sections.attachments import AttachmentSettings
from core.sections.backup import BackupSettings
from core.sections.notifications import NotificationsSettings
from core.sections.pbx import PbxSection
from core.sections.probe import ProbeSettings
from core.sections.recordings import EncryptionSettings, RetentionSettings
from core.sections.speech import SpeechSettings
from core.sections.web import WebSettings


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        hide_input_in_errors=True, env_prefix="HOTLINE_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    var: Path = Path("var")
    """All that is made at run time: recordings, models, private database, PBX."""
    opt: Path = Path("var/opt")
    """Programs that were installed for this installation alone, e.g. Asterisk."""
    city: Path = Path("deploy/city/qufu")
    prompts: Path = Path("deploy/prompts/zh")
    database_url: str = ""
    """postgresql://…; empty: a private cluster under `var`. `DATABASE_URL` is read too."""
    log_json: bool = False
    pbx: PbxSection = PbxSection()
    web: WebSettings = WebSettings()
    speech: SpeechSettings = SpeechSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    encryption: EncryptionSettings = EncryptionSettings()
    probe: ProbeSettings = ProbeSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    notifications: NotificationsSettings = NotificationsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, Path(os.environ.get("HOTLINE_SETTINGS", "hotline.toml")))
        return init_settings, env_settings, file

    @model_validator(mode="after")
    def _as_the_city_says(self) -> Self:
        """What is not set here and stands in the city's folder. Its mistakes are named elsewhere (dispatch.policy)."""
        code, number = city_head(self.city)
        pbx = {"name": self.pbx.name or code, "line_number": self.pbx.line_number or number}
        # Frozen from now on.
        object.__setattr__(self, "pbx", self.pbx.model_copy(update=pbx))
        return self

    @property
    def heard_prompts(self) -> Path:
        """What the exchange plays: put together for this city (ivr.voice.city_prompts), unless an operator's own folder
        is complete as it is."""
        return self.var / "prompts/zh" if (self.prompts.parent / "prompts.toml").exists() else self.prompts

    @property
    def recordings(self) -> Path:
        return self.var / "recordings"

    @property
    def spoken(self) -> Path:
        """What was said aloud to crews and callers, made when needed."""
        return self.var / "speech"

    @property
    def vapid_key_file(self) -> Path:
        """The installation's own key of Web Push (dispatch.notifications.web_push)."""
        return self.var / "web-push/vapid.pem"

    @property
    def attached(self) -> Path:
        """Files of attachments, named by their checksum (dispatch.attachments.store)."""
        return self.var / "attachments"

    @property
    def models(self) -> Path:
        return self.var / "models"


def load_settings(**overrides: object) -> Settings:
    """The settings of this process, paths absolute. Raises ConfigurationError naming each wrong key and its
    correction."""
    if "database_url" not in overrides and (url := os.environ.get("DATABASE_URL")):
        overrides["database_url"] = url
    _check_names()
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"HOTLINE_{'__'.join(str(part).upper() for part in problem['loc'])}: {_said(problem)}"
            for problem in error.errors()
        )
        raise ConfigurationError(
            f"these settings cannot be used: {wrong}. Correct them in the environment or the settings file."
        ) from error
    return settings.model_copy(
        update={name: getattr(settings, name).resolve() for name in ("var", "opt", "city", "prompts")}
    )


def _said(problem: ErrorDetails) -> str:
    """What is wrong with a key; of an unknown one also which it may have been."""
    if problem["type"] != "extra_forbidden":
        return problem["msg"]
    known: Mapping[str, FieldInfo] = Settings.model_fields
    *groups, name = (str(part).lower() for part in problem["loc"])
    for group in groups:
        kind = known[group].annotation if group in known else None
        known = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    meant = difflib.get_close_matches(name, known, n=1)
    return f"there is no such setting ({_meant('__'.join([*groups, *meant]) if meant else '')})"


def _meant(path: str) -> str:
    return f"did you mean HOTLINE_{path.upper()}?" if path else "see docs/operations.md"


def _check_names() -> None:
    """A mistyped key would be ignored without a word. Raises ConfigurationError naming it and what it may have
    meant."""
    known = {f"HOTLINE_{name.upper()}" for name in Settings.model_fields} | {"HOTLINE_SETTINGS"}
    for key in os.environ:
        name = key.upper().split("__", 1)[0]
        if name.startswith("HOTLINE_") and name not in known:
            meant = difflib.get_close_matches(name, known, n=1)
            said = _meant(meant[0].removeprefix("HOTLINE_") if meant else "")
            raise ConfigurationError(
                f"there is no setting {key}. Fix: take it out of the environment, or correct it ({said})."
            )
