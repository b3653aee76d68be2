"""The commands for an installation: database, organisation, accounts."""

import asyncio

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(settings: Settings) -> None:
    """Bring the tables up to date (and make the private database where there is none)."""
    from hotline.operations.schema import upgrade
    from hotline.runtime.runtime import database_url

    upgrade(database_url(settings))
    click.echo("✓ the database is up to date")


@db.command("revision")
@click.argument("message")
@click.pass_obj
def db_revision(settings: Settings, message: str) -> None:
    """For developers: write the next migration from the models."""
    from hotline.operations.schema import make_revision
    from hotline.runtime.runtime import database_url

    make_revision(database_url(settings), message)


@db.command("url")
@click.pass_obj
def db_url(settings: Settings) -> None:
    """Print the database's address, for psql and pg_dump."""
    from hotline.runtime.runtime import database_url

    click.echo(database_url(settings))


@db.command("stop")
@click.pass_obj
def db_stop(settings: Settings) -> None:
    """Stop the private database (after `serve` has ended)."""
    from hotline.runtime.cluster import find_cluster

    if not settings.database_url:
        find_cluster(settings.var / "postgres").stop()
    click.echo("✓ the private database is stopped")


@click.group(cls=FullHelp)
def org() -> None:
    """Offices and crews."""


@org.command("import")
@click.pass_obj
def org_import(settings: Settings) -> None:
    """Read the city's folder and bring offices and crews up to date."""
    from hotline.processes.prepare import import_organisation
    from hotline.runtime.runtime import database_url

    asyncio.run(import_organisation(settings, database_url(settings)))
    click.echo(f"✓ offices and crews of {settings.city} are in the database")


@click.group(cls=FullHelp)
def user() -> None:
    """Accounts."""


_ROLES = "agent, coordinator, office, unit, supervisor, leader, administrator"


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help=_ROLES)
@click.option("--display-name", required=True)
@click.option("--extension", help="An agent's or supervisor's telephone, e.g. 1001.")
@click.option("--office", help="An office account's office code.")
@click.option("--unit", help="A crew account's unit code, e.g. crew-07.")
@click.password_option()
@click.pass_obj
def user_add(settings: Settings, /, name: str, role: str, password: str, **details: str | None) -> None:
    """Make an account. The password is asked for, or taken from --password."""
    from hotline.operations.accounts import add_one_account

    asyncio.run(add_one_account(settings, name, role, password, **details))
    click.echo(f"✓ {name} may sign in as {role}")


@user.command("list")
@click.pass_obj
def user_list(settings: Settings) -> None:
    """All accounts, also those that are closed."""
    from hotline.operations.accounts import list_accounts

    for row in asyncio.run(list_accounts(settings)):
        state = "closed" if row.closed else f"{row.sessions} signed in"
        click.echo(f"{row.name:<20} {row.role:<14} {row.where:<20} {state:<14} {row.display_name}")


@user.command("change")
@click.argument("name")
@click.option("--role", help=_ROLES)
@click.option("--display-name")
@click.option("--extension", help="Empty: none any more.")
@click.option("--office", help="An office code; empty: none any more.")
@click.option("--unit", help="A unit code; empty: none any more.")
@click.pass_obj
def user_change(settings: Settings, /, name: str, **details: str | None) -> None:
    """Change what an account may do or where it sits. It has to sign in again."""
    from hotline.operations.accounts import change_one_account

    if all(value is None for value in details.values()):
        raise click.UsageError("say what is to change, e.g. --role leader or --extension 1003")
    asyncio.run(change_one_account(settings, name, **details))
    click.echo(f"✓ {name} is changed")


@user.command("password")
@click.argument("name")
@click.password_option()
@click.pass_obj
def user_password(settings: Settings, name: str, password: str) -> None:
    """Make a new password. All sign-ins of the account end; at the next one its owner must choose another password."""
    from hotline.operations.accounts import reset_password

    asyncio.run(reset_password(settings, name, password))
    click.echo(f"✓ {name} has a new password and chooses another at the next sign-in")


@user.command("close")
@click.argument("name")
@click.pass_obj
def user_close(settings: Settings, name: str) -> None:
    """Close an account: nobody can sign in with it any more, and whoever is signed in is signed out at once."""
    from hotline.operations.accounts import close_one

    asyncio.run(close_one(settings, name))
    click.echo(f"✓ {name} is closed")


@user.command("reopen")
@click.argument("name")
@click.pass_obj
def user_reopen(settings: Settings, name: str) -> None:
    """Open a closed account again, with the password that it had."""
    from hotline.operations.accounts import reopen_one

    asyncio.run(reopen_one(settings, name))
    click.echo(f"✓ {name} may sign in again")


@user.command("sessions")
@click.argument("name")
@click.option("--end", is_flag=True, help="End them all.")
@click.pass_obj
def user_sessions(settings: Settings, name: str, end: bool) -> None:
    """Where an account is signed in; --end ends that."""
    from core.clock import in_city
    from hotline.operations.accounts import end_all_sessions, list_sessions

    if end:
        click.echo(f"✓ {asyncio.run(end_all_sessions(settings, name))} sign-ins of {name} ended")
        return
    for row in asyncio.run(list_sessions(settings, name)):
        click.echo(
            f"since {in_city(row.created_at):%m-%d %H:%M}, used {in_city(row.seen_at):%m-%d %H:%M}, "
            f"from {row.address or '?'}, {row.user_agent[:60]}"
        )


@user.command("history")
@click.argument("name")
@click.pass_obj
def user_history(settings: Settings, name: str) -> None:
    """What was done with an account, when and by whom; latest first."""
    from hotline.operations.accounts import list_commands

    for line in asyncio.run(list_commands(settings, name)):
        click.echo(line)
