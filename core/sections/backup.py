"""Backups that the system makes by itself."""

from core.sections.base import Section


class BackupSettings(Section):
    """Where to. Default: nowhere; then only `hotline backup` makes any."""

    folder: str = ""
    """On another disk than `var`. Each night one backup is made there, and each Sunday the newest one is read again and
    its database restored beside the real one for a proof. Empty: none."""
