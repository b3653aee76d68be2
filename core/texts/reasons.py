"""Whether a stated reason says anything: what is looked at afterwards must be readable. Pure."""

import unicodedata

from core.errors import BadInput

SHORTEST = 4
"""Chinese characters."""
_DISTINCT = 3
"""Different ones; 核实核实核实 says no more than 核实."""
LONGEST = 200


def real_reason(typed: str, *, field: str = "reason") -> str:
    """The reason, tidied. Raises BadInput for one that names nothing: too short, letters only, repeated characters."""
    tidy = " ".join("".join(sign if _readable(sign) else " " for sign in typed).split())
    signs = [sign for sign in unicodedata.normalize("NFKC", tidy) if _is_chinese(sign)]
    if len(signs) < SHORTEST or len(set(signs)) < _DISTINCT:
        raise BadInput(
            fields={field: f"请写明具体事由（至少{SHORTEST}个汉字，不要重复同一个字），例如“上门前核对地址”。"}
        )
    if len(tidy) > LONGEST:
        raise BadInput(fields={field: f"理由最多{LONGEST}个字。"})
    return tidy


def _readable(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _is_chinese(sign: str) -> bool:
    return "\u3400" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff"
