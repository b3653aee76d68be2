"""The two WebSockets: an inbox, and changes for those who see the whole line."""

from access.accounts.roles import HALL, HANDS
from web.http.routes import Route
from web.sockets.inbox import inbox_socket
from web.sockets.live import live_socket

ROUTES = [
    Route("GET", "/ws/inbox", "inbox_socket", inbox_socket, HANDS, socket=True),
    Route("GET", "/ws/live", "live_socket", live_socket, HALL, socket=True),
]
