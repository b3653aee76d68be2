"""The commands for what the house is made of: database, organisation, accounts."""

import asyncio

import click

from core.settings import Settings


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(settings: Settings) -> None:
    """Bring the tables up to date (and make the private database where there is none)."""
    from hotline.parts import database_url
    from hotline.schema import upgrade

    upgrade(database_url(settings))
    click.echo("✓ the database is up to date")


@db.command("revision")
@click.argument("message")
@click.pass_obj
def db_revision(settings: Settings, message: str) -> None:
    """For developers: write the next migration from the models."""
    from hotline.parts import database_url
    from hotline.schema import make_revision

    make_revision(database_url(settings), message)


@db.command("url")
@click.pass_obj
def db_url(settings: Settings) -> None:
    """Print the database's address, for psql and pg_dump."""
    from hotline.parts import database_url

    click.echo(database_url(settings))


@db.command("stop")
@click.pass_obj
def db_stop(settings: Settings) -> None:
    """Stop the private database (after the house was closed)."""
    from hotline.cluster import find_cluster

    if not settings.database_url:
        find_cluster(settings.var / "postgres").stop()
    click.echo("✓ the private database is stopped")


@click.group()
def org() -> None:
    """Offices and crews."""


@org.command("import")
@click.pass_obj
def org_import(settings: Settings) -> None:
    """Read the city's folder and bring offices and crews up to date."""
    from hotline.parts import database_url
    from hotline.prepare import import_organisation

    asyncio.run(import_organisation(settings, database_url(settings)))
    click.echo(f"✓ offices and crews of {settings.city} are in the database")


@click.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help="agent, coordinator, office, unit, supervisor, leader, administrator")
@click.option("--display-name", required=True)
@click.option("--extension", help="An agent's telephone, e.g. 1001.")
@click.option("--office", help="An office account's office code.")
@click.option("--unit", help="A crew account's unit code, e.g. unit-07.")
@click.password_option()
@click.pass_obj
def user_add(settings: Settings, /, name: str, role: str, password: str, **details: str | None) -> None:
    """Make an account. The password is asked for, or taken from --password."""
    from hotline.accounts import add_one_account

    asyncio.run(add_one_account(settings, name, role, password, **details))
    click.echo(f"✓ {name} may sign in as {role}")
