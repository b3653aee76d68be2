"""Small files of many kinds, made in memory."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pillow_heif
import xlsxwriter
from PIL import Image

GPS_TAG, ORIENTATION_TAG = 0x8825, 0x0112
_OOXML = "application/vnd.openxmlformats-officedocument."
OOXML_PARTS = {
    "docx": ("word/document.xml", f"{_OOXML}wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{_OOXML}spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{_OOXML}presentationml.presentation.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
}


CONTENT_TYPES = {
    kind: f'<Types><Override PartName="/{part}" ContentType="{media_type}"/></Types>'
    for kind, (part, media_type) in OOXML_PARTS.items()
}


def archive(files: Mapping[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        for name, content in files.items():
            into.writestr(name, content)
    return made.getvalue()


def ooxml(kind: str, more: Mapping[str, bytes | str] | None = None) -> bytes:
    part, _ = OOXML_PARTS[kind]
    return archive({"[Content_Types].xml": CONTENT_TYPES[kind], part: "<x/>", **(more or {})})


def workbook() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "台账")
    return made.getvalue()


def ofd() -> bytes:
    return archive(
        {"OFD.xml": '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0"/>', "Doc_0/Document.xml": "<x/>"}
    )


def odt() -> bytes:
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})


def ole(*streams: str) -> bytes:
    """A compound file (MS-CFB, version 3) with empty streams of these names under its root."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xLLLLLLLLL", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head = head.ljust(76, b"\0") + struct.pack("<109L", 0, *[free] * 108)
    entries = [_entry("Root Entry", 5, child=1 if streams else free)]
    for place, name in enumerate(streams, 1):
        entries.append(_entry(name, 2, right=place + 1 if place < len(streams) else free))
    sectors = -(-len(entries) // 4)
    fat = [fat_sector, *range(2, sectors + 1), end]
    table = struct.pack("<128L", *fat, *[free] * (128 - len(fat)))
    return head + table + b"".join(entries).ljust(sectors * 512, b"\0")


def _entry(name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    media_type = name.encode("utf-16-le")
    entry = media_type.ljust(64, b"\0") + struct.pack("<HBBLLL", len(media_type) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return entry + bytes(36) + struct.pack("<LQ", 0xFFFFFFFE, 0)


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">L", 8 + len(content)) + name + content


def media(brand: bytes, *tracks: bytes) -> bytes:
    """An ISO base media file of this brand; `tracks`: `vide`, `soun`."""
    made = [box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + track + bytes(13)))) for track in tracks]
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", b"".join(made)) + box(b"mdat", bytes(64))


def heic(orientation: int = 6) -> bytes:
    """40 by 20, red on its left half, turned by its EXIF, with the place where it was taken."""
    pillow_heif.register_heif_opener()
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = image.getexif()
    exif[ORIENTATION_TAG] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 35.0, 48.0)})
    made = io.BytesIO()
    image.save(made, "HEIF", exif=exif.tobytes(), quality=95)
    return made.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
AMR = b"#!AMR\n" + bytes(32)
MP3 = b"\xff\xfb\x90\x64" + bytes(400)


def photo(form: str = "JPEG", *, orientation: int = 6) -> bytes:
    """40 by 20, red on its left half, with the place where it was taken in it."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = image.getexif()
    exif[ORIENTATION_TAG] = orientation
    exif.get_ifd(GPS_TAG).update({1: "N", 2: (35.0, 35.0, 48.0), 3: "E", 4: (116.0, 59.0, 12.0)})
    made = io.BytesIO()
    image.save(made, form, exif=exif)
    return made.getvalue()


def read(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
