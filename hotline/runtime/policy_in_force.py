"""The policy by which this installation works now: the one place where every process gets it.

Today it is read from the city's folder (`HOTLINE_CITY`); whoever brings rules from elsewhere changes this function.
"""

from core.settings import Settings
from dispatch.policy import Policy, load_policy


def policy_in_force(settings: Settings) -> Policy:
    """Raises ConfigurationError naming the file and what is wrong in it."""
    return load_policy(settings.city)
