"""The probe over the line."""

from pydantic import Field

from core.sections.base import Section


class ProbeSettings(Section):
    """`hotline probe`: how often it calls, and whom it alerts."""

    interval_seconds: float = Field(default=300, ge=20, le=86_400)
    answer_seconds: float = Field(default=10, ge=1, le=60)
    """How long the exchange may take to pick up."""
    command: tuple[str, ...] = ()
    """Run for each alarm and each recovery, without a shell; it reads the alarm as JSON on its standard input."""
    webhook: str = ""
    """http(s)://…; the same JSON is posted there."""
