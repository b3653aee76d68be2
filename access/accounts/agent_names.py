"""Whose telephone an extension is."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account


async def agent_names(session: AsyncSession) -> Mapping[str, str]:
    """Extension → the display name of the open account that has it now."""
    named = select(Account.extension, Account.display_name).where(
        Account.extension.is_not(None), Account.disabled_at.is_(None)
    )
    return {str(extension): name for extension, name in await session.execute(named)}
