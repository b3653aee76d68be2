"""Files that people hang on an order."""

from pydantic import Field

from core.sections.base import Section


class AttachmentSettings(Section):
    """Photos, voice notes and documents that people hang on an order."""

    largest_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    keep_photo_details: bool = False
    """Whether photos keep their EXIF, with the place where they were taken; else they are stored without."""
    scan_command: tuple[str, ...] = ()
    """Looks for viruses: run without a shell with the file's path as its last argument; exit code 0: clean, 1: refused,
    anything else: it could not check, and nothing is stored. Empty: nothing is checked."""
    scan_seconds: float = Field(default=60, ge=1, le=600)
    order_files: int = Field(default=300, ge=1, le=10_000)
    order_bytes: int = Field(default=500 * 1024**2, ge=1024)
    """All that hangs on one order."""
    account_day_bytes: int = Field(default=2 * 1024**3, ge=1024)
    """What one account may send in 24 hours."""
    link_bytes: int = Field(default=200 * 1024**2, ge=1024)
    """What may come onto one order through links, without an account."""
    total_bytes: int = Field(default=0, ge=0)
    """All attachments together; 0: as much as the disk holds."""
    least_free_bytes: int = Field(default=2 * 1024**3, ge=0)
    """How much of the disk is reserved for calls and their records: below it no attachment is stored."""

    @property
    def drawn_smaller_bytes(self) -> int:
        """A photo that is larger is drawn smaller by the browser before it is sent; 0: it would lose details that are
        to be kept."""
        return 0 if self.keep_photo_details else self.largest_bytes
