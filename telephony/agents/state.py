"""What an agent is doing, in the words of the line. Pure."""

WRAP_UP = "话后整理"
"""The reason that we give ourselves (telephony/agents/wrap_up.py)."""


WRAP_UP_REASONS = frozenset({WRAP_UP, "话后处理", "after-call work", "wrap-up"})
"""Pause reasons that mean work on the call that just ended: the agent is there, and free in a moment."""


NO_PHONE = "电话没有接通"
"""The reason that we give who is ready at a telephone that is not there (telephony/agents/phones.py)."""
