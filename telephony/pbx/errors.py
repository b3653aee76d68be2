"""What can go wrong with the exchange itself, each with its correction in the text."""

from __future__ import annotations

from core.errors import ConfigurationError, Unavailable


class PbxNotInstalled(ConfigurationError):
    """There is no Asterisk here. Run deploy/install-asterisk."""

    slug = "pbx_not_installed"


class PbxStartFailed(ConfigurationError):
    """Asterisk did not come up; the last lines of its log say why."""

    slug = "pbx_start_failed"


class PbxNotRunning(Unavailable):
    """The exchange does not run. Start it with `hotline pbx start`."""

    slug = "pbx_not_running"
