"""Where a browser's subscription may point: push services of the browsers' makers, nowhere inside the city's network.

A subscriber names an address that our server then posts to; so it must be a push service's, reached with TLS at
its usual port, by a name that stands for a public address, and no redirect of it is followed.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

_HTTPS = 443


def wrong_endpoint(endpoint: str, services: Collection[str]) -> str:
    """Why a browser may not be notified there, in Chinese; empty: it may. Pure. `services`: hosts, `*.host` for all
    below it, or a whole origin (`http://10.0.0.5:8080`) of the installation's own push service.
    """
    try:
        url = URL(endpoint)
        origin = str(url.origin()) if url.absolute else ""
    except ValueError:
        return "推送地址不是一个网址。"
    if any(sign.isspace() or not sign.isprintable() or sign == "\\" for sign in endpoint):
        return "推送地址不是一个网址。"
    if url.user is not None or url.password is not None:
        return "推送地址不能带用户名。"
    if origin and origin in services:
        return ""
    host = (url.host or "").casefold()
    if url.scheme != "https" or url.port != _HTTPS or not host or _is_address(host):
        return "推送地址必须是浏览器推送服务的 https 网址。"
    if not any(_fits(host, service.casefold()) for service in services if "://" not in service):
        return f"{host} 不在允许的推送服务之列，请告诉系统管理员。"
    return ""


def is_own(endpoint: str, services: Collection[str]) -> bool:
    """Named by the settings as a whole origin: it may lie inside."""
    return str(URL(endpoint).origin()) in services


def _fits(host: str, service: str) -> bool:
    return host.endswith(service[1:]) if service.startswith("*.") else host == service


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        # 127.1 and 2130706433 are addresses for some resolvers; no name ends in a number (RFC 3696, 2).
        return host.rsplit(".", 1)[-1].replace("0x", "").isdecimal()
    return True


class PublicOnly(AbstractResolver):
    """Names that stand for an address inside are not found."""

    def __init__(self) -> None:
        self._real = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._real.resolve(host, port, family)
        public = [one for one in found if ipaddress.ip_address(one["host"].partition("%")[0]).is_global]
        if not public:
            raise OSError(None, f"{host} stands for no public address")
        return public

    async def close(self) -> None:
        await self._real.close()


class Straight:
    """A session as pywebpush wants it, that follows no redirect."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def post(self, url: str, **more: Any) -> aiohttp.ClientResponse:
        return await self._client.post(url, **{**more, "allow_redirects": False})
