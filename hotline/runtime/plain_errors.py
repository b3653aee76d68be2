"""What an operator reads instead of a stack: one sentence that says what is wrong, and how to fix it. Pure."""

import errno
import os
from pathlib import Path

import click

from core.errors import ConfigurationError, HotlineError

NO_TABLES = "the tables are not there, or of an older release. Fix: hotline db upgrade"
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def plain_words(error: BaseException, var: Path) -> str | None:
    """None: nothing that operators can fix themselves; the stack trace is worth more. `var`: HOTLINE_VAR."""
    # Loaded where they are asked for: a command that fails has loaded them, and `hotline --help` needs neither.
    import psycopg
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from sqlalchemy.exc import OperationalError, ProgrammingError

    match error:
        case HotlineError():
            return error.message
        case OperationalError() | psycopg.OperationalError():
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()
            said = reason[0] if reason else type(error).__name__
            return f"the database cannot be reached: {said}. Fix: start PostgreSQL, or correct DATABASE_URL"
        case ProgrammingError(orig=UndefinedTable() | UndefinedColumn()) | UndefinedTable() | UndefinedColumn():
            return NO_TABLES
        case OSError() if error.errno in _NO_ROOM:
            return f"{error.filename or 'a disk'}: {error.strerror or error}. Fix: make room there (df -h)"
        case OSError() if isinstance(error.filename, str | os.PathLike):
            path, said = Path(error.filename), f"{error.filename}: {error.strerror or error}"
            if path.is_relative_to(var) or var.is_relative_to(path):
                return f"{said}. Fix: let this account write in {var}, or set HOTLINE_VAR to another folder"
            if error.errno in _FORBIDDEN:
                return f"{said}. Fix: let this account read and write there"
    return None


class FullHelp(click.Group):
    """Commands with their whole first sentence, however long."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, " ".join((command.help or "").split("\n\n", 1)[0].split()))
            for name, command in commands
            if command is not None and not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def port_taken(host: str, port: int, error: OSError) -> ConfigurationError:
    """What an operator reads where the screens cannot be opened."""
    match error.errno:
        case errno.EADDRINUSE:
            why, mend = "is used by another program", "end that program (ss -lntp names it)"
        case errno.EACCES:
            why, mend = "may not be used by this account", "give it the right to"
        case _:
            why, mend = f"cannot be used ({error.strerror or error})", "correct HOTLINE_WEB__HOST"
    return ConfigurationError(
        f"the screens cannot be opened: TCP port {port} of {host} {why}. "
        f"Fix: {mend}, or set HOTLINE_WEB__PORT to another port"
    )
