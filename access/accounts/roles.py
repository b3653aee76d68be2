"""Groups of roles, as routes name them."""

from dispatch.workflow import Role

EVERYBODY = frozenset(Role) - {Role.SYSTEM, Role.CITIZEN}
"""All who can sign in."""
HALL = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR})
"""Roles that see the whole line, not only what was assigned to them."""
HANDS = frozenset({Role.OFFICE, Role.UNIT})
"""Those who have an inbox."""
OVERSEERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
"""Those who may look into anybody's inbox."""
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
"""The roles that set the system up and keep it running."""
CREWS = frozenset({Role.UNIT})
DESK = frozenset({Role.AGENT})
"""Those who take citizens' calls."""
PHONES = frozenset({Role.AGENT, Role.SUPERVISOR})
"""Those who may have a telephone in the browser; a supervisor to listen and step in."""
CONTROLLERS = frozenset({Role.AGENT, Role.SUPERVISOR})
"""Roles that handle citizens' calls; an agent handles only their own."""
LISTENERS = frozenset({Role.SUPERVISOR})
"""Those who may listen to others' calls, and step in."""
CHIEFS = frozenset({Role.SUPERVISOR, Role.COORDINATOR, Role.ADMINISTRATOR})
"""Those who watch over agents and crews: may sign an agent out, see where the crews are."""
