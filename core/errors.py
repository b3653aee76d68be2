"""Every error that we raise on purpose, grouped by what the one who catches it can do.

HotlineError
├── BadInput        the caller can correct what was sent (HTTP 422)
│   └── TooManyTries   the caller must wait (429)
├── NotFound        there is no such thing                      (404)
├── NotAllowed      this person may not do this                 (403)
├── NotSignedIn     the caller has not signed in (401)
├── Conflict        somebody else was quicker; look again       (409)
├── Unavailable     a part we need is away; try again later     (503)
└── ConfigurationError     the installation is wrong; an operator must act

The first line of a class's docstring is its message when none is given. `slug` is stable, for logs and
for programs that use the API. Domain code knows nothing of HTTP: one middleware maps these.
"""

from typing import ClassVar


class HotlineError(Exception):
    """Something went wrong in the hotline."""

    slug: ClassVar[str] = "error"

    def __init__(self, message: str = "", **facts: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.facts = facts
        super().__init__(self.message)


class BadInput(HotlineError):
    """填写的内容有误，请更正后再提交。"""

    slug = "bad_input"

    def __init__(self, message: str = "", *, fields: dict[str, str] | None = None, **facts: object) -> None:
        super().__init__(message, **facts)
        self.fields = fields or {}
        """Field name → what is wrong with it and how to correct it, in Chinese."""


class TooManyTries(BadInput):
    """尝试次数过多，请稍后再试。"""

    slug = "too_many_tries"


class NotFound(HotlineError):
    """没有找到。"""

    slug = "not_found"


class NotAllowed(HotlineError):
    """您没有办理这一步的权限。"""

    slug = "not_allowed"


class NotSignedIn(HotlineError):
    """请先登录。"""

    slug = "not_signed_in"


class Conflict(HotlineError):
    """内容刚刚被别人改过，请核对现在的内容后再办一次。"""

    slug = "conflict"


class Unavailable(HotlineError):
    """A part of the system is away for the moment."""

    slug = "unavailable"


class NoRoom(HotlineError):
    """服务器的存储空间不够了，文件暂时存不下；文字不受影响。请稍后再发，并告诉系统管理员。"""

    slug = "no_room"


class ConfigurationError(HotlineError):
    """The installation is not complete."""

    slug = "configuration_error"
