"""Re-encodes uploaded photos, upright, from their pixels: nothing else in the file is kept.

Memory is bounded before anything is decoded, by the size that the picture's own head says: a large JPEG is decoded at a
half or a quarter; other formats have a limit. Blocking: call it in a thread, one at a time.
"""

import functools
import io
import warnings

import pillow_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from dispatch.attachments.file_kinds import HEIF, JPEG, PNG, WEBP, FileKind, NotTaken

KEPT_PIXELS = 25_000_000
"""What is larger is stored smaller: enough for any screen and for A3 on paper, and about 75 MB while it is drawn."""
LARGEST_PIXELS = 52_000_000
"""Of formats that are decoded whole, as phones take them (48 million HEIC); about 160 MB."""
LARGEST_JPEG_PIXELS = 220_000_000
"""Of a JPEG that is decoded line by line at a smaller scale; phones take up to 200 million. A progressive one keeps the
coefficients of all its pixels in memory and has the limit of the others."""
QUALITY = 90

_FORMATS = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "WEBP": WEBP, "HEIF": HEIF, "AVIF": HEIF}
_OPENED = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
"""Pillow's names. MPO is a JPEG with further pictures in it; the first is kept."""
_TOO_MANY = "照片的像素太多，请缩小后再发。"


class NoPicture(Exception):
    """It cannot be decoded."""


def draw_anew(data: bytes, *, keep_details: bool) -> tuple[bytes, FileKind]:
    """What is stored, and of which kind: HEIC and AVIF, which browsers do not all show, become JPEG.
    `keep_details`: EXIF stays. Raises NotTaken (too many pixels), NoPicture."""
    _know_heif()
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_OPENED) as image:
            warnings.simplefilter("ignore")  # Pillow's remarks on crooked EXIF, which is thrown away
            kind = _FORMATS[image.format or ""]
            scaled = _bound(image, kind)
            image.load()
            if kind is HEIF:
                _take_orientation(image, data)
            if keep_details and kind is not HEIF and not scaled:
                return data, kind
            return _drawn(image, kind, keep_details=keep_details)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture from error


def _bound(image: Image.Image, kind: FileKind) -> bool:
    """Before it is decoded; whether it will be smaller than it came."""
    pixels = image.width * image.height
    if pixels <= KEPT_PIXELS:
        return False
    by_lines = kind is JPEG and not image.info.get("progressive")
    if pixels > (LARGEST_JPEG_PIXELS if by_lines else LARGEST_PIXELS):
        raise NotTaken(_TOO_MANY)
    if kind is JPEG:
        # A JPEG's decoder leaves out the finer part of each block (ITU-T T.81, DCT): 1/2 or 1/4 of width and height.
        scale = 2 if pixels / 4 <= KEPT_PIXELS else 4
        image.draft(image.mode, (image.width // scale, image.height // scale))
    return True


def _take_orientation(image: Image.Image, data: bytes) -> None:
    """HEIF says by itself how a picture is turned (ISO/IEC 23008-12: `irot`, `imir`), which the decoder has
    done, and EXIF only repeats it; where only EXIF says so, EXIF is right. The decoder has put EXIF's to 1."""
    orientation = image.info.get("original_orientation")
    about, _, _ = data.partition(b"mdat")
    if orientation and b"irot" not in about and b"imir" not in about:
        image.getexif()[ExifTags.Base.Orientation] = orientation


def _drawn(image: Image.Image, kind: FileKind, *, keep_details: bool) -> tuple[bytes, FileKind]:
    exif = image.getexif().tobytes() if keep_details else b""
    if image.width * image.height > KEPT_PIXELS:
        image = _halved(image)
    upright = image if keep_details else ImageOps.exif_transpose(image)
    stored = JPEG if kind is HEIF else kind
    if stored is JPEG and upright.mode not in ("RGB", "L"):
        clean = upright.convert("RGB")
    else:
        clean = Image.new(upright.mode, upright.size)
        clean.paste(upright)
        if palette := upright.getpalette():
            clean.putpalette(palette)
    clean.info.clear()
    made = io.BytesIO()
    clean.save(
        made, {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}[stored], quality=QUALITY, **({"exif": exif} if exif else {})
    )
    return made.getvalue(), stored


def _halved(image: Image.Image) -> Image.Image:
    """Neighbours averaged, for which the numbers of a palette's colours, bits and Pillow's 16-bit grey are no good."""
    colours = "RGBA" if "transparency" in image.info else "RGB"
    wider = {"P": colours, "PA": "RGBA", "1": "L", "I;16": "I"}.get(image.mode, image.mode)
    half = image.convert(wider).reduce(2)
    return half.convert(image.mode) if image.mode == "I;16" else half


@functools.cache
def _know_heif() -> None:
    Image.init()  # else Pillow does not know AVIF by name yet
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # `_bound` knows better, by format
