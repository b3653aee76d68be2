"""Links for people without an account: whoever has one may do one thing, until it expires.

The address says what about and until when, and is signed: nothing has to be stored before it is used, and sending it
again gives the same link. Each purpose has signatures of its own. That it works once only is the row's part.
"""

import datetime as dt
import os
import secrets

from itsdangerous import BadSignature, Signer

from core.errors import NotAllowed
from core.settings import Settings


class ForgedLink(NotAllowed):
    """这个链接不完整，请从收到的通知里重新打开。"""

    slug = "forged_link"


def link_key(settings: Settings) -> bytes:
    """The key that signs this installation's links: the setting, else one generated once and kept under `var`."""
    if settings.web.link_key:
        return settings.web.link_key.encode()
    path = settings.var / "link.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"link.key.{os.getpid()}")
        made.touch(0o600)
        made.write_text(secrets.token_urlsafe(32))
        # Another process may make one now: whose name is there first counts, for both.
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes()


def sign_link(key: bytes, purpose: str, about: int, expires_at: dt.datetime) -> str:
    """The last part of the address: URL-safe, about 40 characters. To the second."""
    return Signer(key, salt=purpose).sign(f"{about}-{int(expires_at.timestamp())}").decode()


def read_link(key: bytes, purpose: str, token: str, at: dt.datetime) -> int:
    """What the link is about. Raises ForgedLink where it is not ours to the letter, NotAllowed where past."""
    signer = Signer(key, salt=purpose)
    try:
        said = signer.unsign(token)
        # Base64 is read generously: without this, other letters in the signature would be the same link.
        if signer.sign(said).decode() != token:
            raise ForgedLink()
        about, _, expires = said.decode().partition("-")
    except (BadSignature, ValueError):
        raise ForgedLink() from None
    if at.timestamp() >= int(expires):
        raise NotAllowed("这个链接已经过期。")
    return int(about)
