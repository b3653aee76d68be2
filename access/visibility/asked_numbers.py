"""What somebody types who looks for a telephone number, and who may look for one. Pure."""

import re
from dataclasses import dataclass

from access.accounts.sessions import Me
from core.numbers.phone import number_key
from core.numbers.shown import ENDING
from core.texts.normal_form import normal_form
from dispatch.workflow import Role

KNOWS_PHONES = frozenset({Role.AGENT, Role.COORDINATOR})
"""Only those who know the numbers anyway may look for them."""
SHORTEST = 7
"""Digits: shorter ones stand in orders' numbers and texts."""
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.·-]{5,}", re.ASCII)
_ENDING = re.compile(rf"(尾号)?[:\s]*([0-9]{{{ENDING}}})", re.ASCII)


@dataclass(frozen=True)
class AskedNumber:
    whole: str = ""
    """A telephone number, as it was typed; empty: none, or the asker may not look for one."""
    ending: str = ""
    """The last digits of one (0042, 尾号0042)."""
    nothing_else: bool = False
    """What was typed is no word: 0042 alone may also stand in an order's number or in a text."""


def asked_number(me: Me, typed: str) -> AskedNumber:
    if me.role not in KNOWS_PHONES:
        return AskedNumber()
    plain = normal_form(typed).strip()
    if _PHONE.fullmatch(plain) and len(number_key(plain)) >= SHORTEST:
        return AskedNumber(whole=typed, nothing_else=True)
    if found := _ENDING.fullmatch(plain):
        return AskedNumber(ending=found[2], nothing_else=found[1] is not None)
    return AskedNumber()
