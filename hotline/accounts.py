"""`hotline user add`."""

import difflib

from core.database import make_engine, make_sessions, transaction
from core.errors import BadInput
from core.settings import Settings
from dispatch.city import load_city
from dispatch.workflow import Role
from hotline.parts import database_url
from web.accounts import add_account


async def add_one_account(
    settings: Settings,
    name: str,
    role: str,
    password: str,
    *,
    display_name: str | None,
    extension: str | None = None,
    office: str | None = None,
    unit: str | None = None,
) -> None:
    """Raises BadInput naming each wrong field, Conflict where the name is taken."""
    if role not in Role.__members__.values():
        raise BadInput(f"no role {role!r}: one of {', '.join(Role)}")
    city = load_city(settings.city)
    for what, code, known in (("office", office, city.offices), ("unit", unit, city.units)):
        if code and code not in known:
            meant = ", ".join(difflib.get_close_matches(code, known, n=3)) or f"see {settings.city / f'{what}s.csv'}"
            raise BadInput(f"there is no {what} {code!r} ({meant})")
    engine = make_engine(database_url(settings), pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            await add_account(
                session,
                name=name,
                display_name=display_name or name,
                password=password,
                role=Role(role),
                extension=extension,
                office_code=office,
                unit_code=unit,
            )
    except BadInput as error:
        raise BadInput("；".join(error.fields.values()) or error.message) from error
    finally:
        await engine.dispose()
