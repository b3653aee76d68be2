"""What may hang on an order: recognised by its content, of a known kind, photos without the place they were taken at.

Blocking, and the decoding of what strangers sent: call it in a thread.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import puremagic
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import BadInput
from dispatch.attachment_models import AttachmentKind

PHOTO_TYPES: Mapping[str, tuple[str, str]] = {
    "JPEG": ("image/jpeg", ".jpg"),
    "MPO": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
}
"""Pillow's name of a format → media type and ending. MPO is a JPEG with further pictures in it; the first is kept."""

VOICE_ENDINGS: Mapping[str, str] = {
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
}
DOCUMENT_ENDINGS: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 100_000_000
QUALITY = 90

_WRONG: Mapping[AttachmentKind, str] = {
    AttachmentKind.VOICE: "这不是能识别的录音文件，请用 WAV、OGG、FLAC 或 MP3 格式。",
    AttachmentKind.DOCUMENT: "这不是能识别的文件，请用 PDF、DOCX、XLSX 或照片。",
}
_NO_PHOTO = "这不是能识别的照片，请用 JPEG、PNG 或 WebP 格式重新拍摄或导出。"


@dataclass(frozen=True)
class Checked:
    data: bytes
    """As it is stored."""
    media_type: str
    ending: str
    """`.jpg` …"""


def check_content(kind: AttachmentKind, data: bytes, *, keep_details: bool) -> Checked:
    """Raises BadInput that says which kinds of files there are."""
    if kind is AttachmentKind.VOICE:
        return _known(kind, data, VOICE_ENDINGS)
    if kind is AttachmentKind.DOCUMENT:
        # A document may be a photo of a paper.
        return _photo(data, keep_details) if _is_picture(data) else _known(kind, data, DOCUMENT_ENDINGS)
    return _photo(data, keep_details)


def _known(kind: AttachmentKind, data: bytes, endings: Mapping[str, str]) -> Checked:
    try:
        found = [match.extension for match in puremagic.magic_string(data)]
    except (puremagic.PureError, ValueError):
        found = []
    ending = next((ending for ending in found if ending in endings), None)
    if ending is None:
        raise BadInput(_WRONG[kind], fields={"file": _WRONG[kind]})
    return Checked(data, endings[ending], ending)


def _is_picture(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS):
            return True
    except (UnidentifiedImageError, OSError, ValueError):
        return False


def _photo(data: bytes, keep_details: bool) -> Checked:
    """Drawn anew, upright, from its pixels: nothing else that came with it is stored."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            warnings.simplefilter("ignore")  # Pillow's remarks on crooked EXIF, which is thrown away
            if image.width * image.height > LARGEST_PIXELS:
                raise BadInput("照片的像素太多，请缩小后再发。", fields={"file": "照片的像素太多，请缩小后再发。"})
            image.load()
            media_type, ending = PHOTO_TYPES[image.format or ""]
            if keep_details:
                return Checked(data, media_type, ending)
            upright = ImageOps.exif_transpose(image)
            clean = Image.new(upright.mode, upright.size)
            clean.paste(upright)
            if palette := upright.getpalette():
                clean.putpalette(palette)
            if ending == ".jpg" and clean.mode not in ("RGB", "L"):
                clean = clean.convert("RGB")
            drawn = io.BytesIO()
            clean.save(drawn, {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}[ending], quality=QUALITY)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(_NO_PHOTO, fields={"file": _NO_PHOTO}) from error
    return Checked(drawn.getvalue(), media_type, ending)
