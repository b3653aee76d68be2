"""Where a request comes from, as limits and records know it. The address is text that others write: it is parsed."""

import ipaddress

from aiohttp import web

from web.http.context import APP_CONTEXT

IPV6_NETWORK_BITS = 64
"""One customer has at least so many addresses: they count as one."""


def address_of(request: web.Request) -> str:
    """The browser's address; behind a proxy of ours (`public_url` set) the one that the proxy saw.

    The proxy's own word is the last one: some proxies append to the header line that came, others (HAProxy's
    `forwardfor`) add a line of their own below it. All before it is whatever the visitor liked to send.
    """
    if request.config_dict[APP_CONTEXT].settings.web.public_url:
        lines = request.headers.getall("X-Forwarded-For", [])
        if seen := parse_address(",".join(lines).rsplit(",", 1)[-1]):
            return seen
    return parse_address(request.remote or "") or ""


def parse_address(text: str) -> str | None:
    """The address in `text`, without a port, a zone or IPv4's IPv6 form; None: it is none."""
    text = text.strip().removeprefix("[")
    if "]" in text:
        text = text.partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(parsed)


def network_of(address: str) -> str:
    """What limits count as one visitor: an IPv4 address, an IPv6 /64; text that is no address as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))


def over_https(request: web.Request) -> bool:
    """Whether the browser speaks with us, or the proxy before us, over TLS."""
    return request.config_dict[APP_CONTEXT].settings.web.public_url.startswith("https:") or request.scheme == "https"
