"""Which registered contact of a telephone of ours is called. Pure; the dialplan asks the same patterns.

A telephone writes its Contact itself. Asterisk puts the sender's address in place of the host in the first one and
leaves the rest as it came: `maddr` and headers within the URI (`?Route=`) take the call elsewhere (the carrier dials
the user part then), and what stands before the @ is any text. So a telephone is called only where its whole contact has
the form that telephones use: its account's name, an address, and parameters that direct nothing.
"""

import re

BRACKETS = "[]"
"""Of IPv6. To the dialplan they would be part of an expression; there they are looked at as `!`."""
UNSAFE = '"$(),\\{}'
"""The same, but no part of any address: looked at as `&`, which fits nowhere."""
USER = "{account}(-[A-Za-z0-9]+)?"
"""Some softphones add a token of theirs to the account's name."""
BROWSER_USER = "[a-z0-9-]+"
"""JsSIP's is random; only what web.sip.identity has looked at reaches the exchange in its name."""
FORM = "^PJSIP/{account}/sip:{user}@[0-9a-f.:!]+(;[A-Za-z0-9.-]+(=[-A-Za-z0-9_.:%~*+!]*)?)*$"
"""Of all that Asterisk's PJSIP_DIAL_CONTACTS gives: two contacts do not fit. POSIX and Python read it alike."""
ELSEWHERE = ";(maddr|method|ttl)(=|;|$)"
"""Asterisk writes the names of parameters that it knows in small letters, however they came."""
REFUSED_SECONDS = 3600
"""How long after a refusal the dialplan does not ring the telephone, whatever it has registered since."""
_PLAIN = str.maketrans({**dict.fromkeys(BRACKETS, "!"), **dict.fromkeys(UNSAFE, "&")})


def fits(account: str, place: str) -> bool:
    """`place`: as FORM says, a dial string of Asterisk's."""
    plain = place.translate(_PLAIN)
    user = BROWSER_USER if account.endswith("-web") else USER.format(account=re.escape(account))
    form = FORM.format(account=re.escape(account), user=user)
    return "\n" not in plain and bool(re.search(form, plain, re.ASCII)) and not re.search(ELSEWHERE, plain)
