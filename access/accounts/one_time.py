"""A password for the first sign-in, made by the machine: whoever is given it must choose another at once."""

import secrets

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another when they are read out: i l o 0 1."""
_GROUPS, _SIGNS_OF_A_GROUP = 4, 4


def one_time_password() -> str:
    """`k7qm-x2rp-9wtb-3hna`: 79 bits, easily read out and typed."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_SIGNS_OF_A_GROUP)) for _ in range(_GROUPS))
