"""What may hang on an order: recognised by its content, of a known kind, photos without the place they were taken at.

Blocking, and the decoding of what strangers sent: call it in a thread, one at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import BadInput
from dispatch.attachments.file_kinds import TAKEN, FileKind, Group, NotTaken, fitting_name, recognise
from dispatch.attachments.labels import FILE_GROUPS
from dispatch.attachments.models import AttachmentKind
from dispatch.attachments.pictures import NoPicture, draw_anew

_WRONG: Mapping[AttachmentKind, str] = {
    AttachmentKind.VOICE: "这不是能识别的录音文件，请用 WAV、MP3、M4A、AMR、OGG 或 FLAC 格式。",
    AttachmentKind.DOCUMENT: f"这不是能识别的文件。可以添加：{TAKEN}。",
}
_NO_PHOTO = "这不是能识别的照片，请用 JPEG、PNG、WebP 或 HEIC 格式重新拍摄或导出。"


@dataclass(frozen=True)
class Checked:
    data: bytes
    """As it is stored."""
    kind: FileKind

    def name(self, sent_name: str) -> str:
        """As it is called here: what the sender called it, with the ending of what it is."""
        return fitting_name(sent_name, self.kind)


def check_content(kind: AttachmentKind, data: bytes, *, keep_details: bool) -> Checked:
    """Raises BadInput that says what the file is, and which are taken."""
    try:
        found = recognise(data)
        if found is None:
            raise NotTaken(_WRONG.get(kind, _NO_PHOTO))
        _fits(kind, found)
        if found.group is Group.PICTURE:
            return Checked(*draw_anew(data, keep_details=keep_details))
    except NotTaken as error:
        raise BadInput(str(error), fields={"file": str(error)}) from error
    except NoPicture as error:
        raise BadInput(_NO_PHOTO, fields={"file": _NO_PHOTO}) from error
    return Checked(data, found)


def _fits(kind: AttachmentKind, found: FileKind) -> None:
    """A document may be anything that is taken, a photo of a paper too."""
    if kind is AttachmentKind.DOCUMENT:
        return
    wanted = Group.SOUND if kind is AttachmentKind.VOICE else Group.PICTURE
    if found.group is not wanted:
        raise NotTaken(
            f"这是{FILE_GROUPS[found.group]}，不是{FILE_GROUPS[wanted]}，请作为文件添加，或者换一个{FILE_GROUPS[wanted]}。"
        )
