"""Each kind of file is recognised by its content and named so; what is none is refused with the reason."""

import contextlib
import io
import random
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from core.errors import BadInput
from dispatch.attachments import file_kinds
from dispatch.attachments.checks import Checked, check_content
from dispatch.attachments.file_kinds import NotTaken, fitting_name, recognise
from dispatch.attachments.models import AttachmentKind
from tests.support.file_samples import (
    AMR,
    CONTENT_TYPES,
    MP3,
    PDF,
    archive,
    heic,
    media,
    odt,
    ofd,
    ole,
    ooxml,
    workbook,
)

DOCUMENT, PHOTO, VOICE = AttachmentKind.DOCUMENT, AttachmentKind.PHOTO_BEFORE, AttachmentKind.VOICE
_OOXML = "application/vnd.openxmlformats-officedocument."


def take(kind: AttachmentKind, data: bytes) -> Checked:
    return check_content(kind, data, keep_details=False)


KINDS = {
    "xlsx of a library": (DOCUMENT, workbook(), f"{_OOXML}spreadsheetml.sheet", ".xlsx"),
    "docx": (DOCUMENT, ooxml("docx"), f"{_OOXML}wordprocessingml.document", ".docx"),
    "pptx": (DOCUMENT, ooxml("pptx"), f"{_OOXML}presentationml.presentation", ".pptx"),
    "ofd": (DOCUMENT, ofd(), "application/ofd", ".ofd"),
    "odt": (DOCUMENT, odt(), "application/vnd.oasis.opendocument.text", ".odt"),
    "doc": (DOCUMENT, ole("WordDocument", "1Table"), "application/msword", ".doc"),
    "xls": (DOCUMENT, ole("Workbook"), "application/vnd.ms-excel", ".xls"),
    "old xls": (DOCUMENT, ole("Book"), "application/vnd.ms-excel", ".xls"),
    "ppt": (DOCUMENT, ole("PowerPoint Document"), "application/vnd.ms-powerpoint", ".ppt"),
    "docx with the separators of Windows": (
        DOCUMENT, archive({"[Content_Types].xml": CONTENT_TYPES["docx"], "word\\document.xml": "<x/>"}),
        f"{_OOXML}wordprocessingml.document", ".docx"),
    "pdf behind a byte order mark": (DOCUMENT, b"\xef\xbb\xbf\r\n" + PDF, "application/pdf", ".pdf"),
    "pdf": (DOCUMENT, PDF, "application/pdf", ".pdf"),
    "text": (DOCUMENT, "现场情况：灯已亮。\r\n".encode(), "text/plain; charset=utf-8", ".txt"),
    "text of Chinese Windows": (DOCUMENT, "现场灯已亮。\r\n".encode("gbk"), "text/plain; charset=gb18030", ".txt"),
    "text with a byte order mark": (DOCUMENT, "灯已亮".encode("utf-16"), "text/plain; charset=utf-16", ".txt"),
    "m4a": (VOICE, media(b"M4A ", b"soun"), "audio/mp4", ".m4a"),
    "amr": (VOICE, AMR, "audio/amr", ".amr"),
    "amr wide band": (VOICE, b"#!AMR-WB\n" + bytes(32), "audio/amr-wb", ".awb"),
    "3gp of sound": (VOICE, media(b"3gp4", b"soun"), "audio/3gpp", ".3gp"),
    "mp3": (VOICE, MP3, "audio/mpeg", ".mp3"),
    "mp3 with a tag": (VOICE, b"ID3\x04" + bytes(200), "audio/mpeg", ".mp3"),
    "aac": (VOICE, b"\xff\xf1\x50\x80" + bytes(64), "audio/aac", ".aac"),
    "mp4": (DOCUMENT, media(b"isom", b"vide", b"soun"), "video/mp4", ".mp4"),
    "3gp": (DOCUMENT, media(b"3gp5", b"vide"), "video/3gpp", ".3gp"),
    "mov": (DOCUMENT, media(b"qt  ", b"vide"), "video/quicktime", ".mov"),
    "sound as a document": (DOCUMENT, media(b"M4A ", b"soun"), "audio/mp4", ".m4a"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "media_type", "ending"), KINDS.values(), ids=KINDS.keys())
def test_each_kind_is_its_own(kind: AttachmentKind, data: bytes, media_type: str, ending: str) -> None:
    checked = take(kind, data)
    assert (checked.kind.media_type, checked.data) == (media_type, data)
    assert checked.name(f"台账{ending}") == f"台账{ending}"
    assert checked.name("台账.exe") == f"台账.exe{ending}"


REFUSED = {
    "zip with a program": (archive({"evil.exe": b"MZ"}), "压缩包"),
    "zip that calls itself a document": (archive({"word/document.xml": "<x/>", "evil.exe": b"MZ"}), "压缩包"),
    "zip with the contents of another": (
        archive({"[Content_Types].xml": '<Override PartName="/no.xml" ContentType="x"/>'}), "压缩包"),
    "document with a program in it": (ooxml("docx", {"word/evil.EXE": b"MZ"}), "夹带了程序"),
    "docm": (ooxml("docm"), "宏"),
    "docx with macros": (ooxml("docx", {"word/vbaProject.bin": b""}), "宏"),
    "xls with macros": (ole("Workbook", "_VBA_PROJECT_CUR"), "宏"),
    "doc with macros": (ole("WordDocument", "Macros"), "宏"),
    "document with a password": (ole("EncryptedPackage", "EncryptionInfo"), "密码"),
    "installer": (ole("!_StringData"), "不认识"),
    "cut ole": (ole("Workbook")[:600], "损坏"),
    "cut xlsx": (workbook()[:-30], "损坏"),
    "two files in one": (workbook() + b"MZ" * 50, "损坏"),
    "program": (b"MZ\x90\x00\x03" + bytes(200), "程序"),
    "elf": (b"\x7fELF" + bytes(60), "程序"),
    "script": (b"#!/bin/sh\nrm -rf /\n", "程序"),
    "rar": (b"Rar!\x1a\x07\x01\x00", "压缩包"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(20), "压缩包"),
    "gif": (b"GIF89a" + bytes(20), "GIF"),
    "tiff": (b"II*\x00" + bytes(20), "TIFF"),
    "page": (b"  <!DOCTYPE html><p>x", "网页格式"),
    "table that a system called Excel": (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table>", "网页格式"),
    "Excel 2003 XML": (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>", "网页格式"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "网页格式"),
    "page behind a byte order mark": ("\ufeff<html>".encode(), "网页格式"),
    "video that was sent by half": (media(b"isom"), "不完整"),
    "locked odt": (archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": b"\x00",
        "META-INF/manifest.xml": "<manifest:encryption-data/>"}), "加了密码"),
    "nothing": (b"   \n", "不是能识别"),
    "noise": (random.Random(5).randbytes(4000), "不是能识别"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_document_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        take(DOCUMENT, data)


def test_what_unpacks_to_far_more_than_it_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = ooxml("xlsx", {"xl/a.xml": bytes(2_000_000)})
    assert take(DOCUMENT, bomb).kind.media_type.endswith("spreadsheetml.sheet"), "a small one does no harm"
    monkeypatch.setattr(file_kinds, "_CLEARLY_LARGE_BYTES", 1_000_000)
    with pytest.raises(BadInput, match="展开后过大"):
        take(DOCUMENT, bomb)


def test_an_encrypted_archive_is_refused() -> None:
    made = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(made))) as book:
        entry = book.infolist()[0]
        directory = book.start_dir
    made[entry.header_offset + 6] |= 1
    made[directory + 8] |= 1
    with pytest.raises(NotTaken):
        recognise(bytes(made))


def test_a_picture_is_no_voice_and_a_voice_no_picture() -> None:
    with pytest.raises(BadInput, match="这是录音，不是照片"):
        take(PHOTO, AMR)
    with pytest.raises(BadInput, match="这是文件，不是录音"):
        take(VOICE, workbook())
    with pytest.raises(BadInput, match="这是视频，不是录音"):
        take(VOICE, media(b"isom", b"vide"))


@pytest.mark.parametrize("kind", [PHOTO, DOCUMENT])
def test_a_photo_of_an_iphone_becomes_an_upright_jpeg_without_its_place(kind: AttachmentKind) -> None:
    checked = take(kind, heic())
    image = Image.open(io.BytesIO(checked.data))
    assert (image.format, image.size, checked.kind.media_type) == ("JPEG", (20, 40), "image/jpeg")
    assert b"Exif" not in checked.data
    assert checked.name("IMG_0001.HEIC") == "IMG_0001.jpg"
    red, _, blue = image.getpixel((10, 5))  # type: ignore[misc]
    assert red > 200
    assert blue < 80


def test_a_name_keeps_an_ending_that_is_its_kinds_and_loses_one_that_is_not() -> None:
    doc = recognise(ole("WordDocument"))
    assert doc is not None
    assert fitting_name("方案.WPS", doc) == "方案.WPS"
    assert fitting_name("方案.xlsx", doc) == "方案.doc"
    assert fitting_name("run.bat", doc) == "run.bat.doc"
    assert fitting_name("方案", doc) == "方案.doc"
    assert fitting_name("2026.11.30", doc) == "2026.11.30.doc"


def test_no_sequence_of_bytes_raises_anything_else() -> None:
    chance = random.Random(7)
    seeds = [
        workbook(),
        ole("WordDocument"),
        media(b"isom", b"vide"),
        ofd(),
        MP3,
        PDF,
    ]
    for turn in range(600):
        data = bytearray(seeds[turn % len(seeds)])
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(NotTaken):
            recognise(bytes(data[: chance.randint(1, len(data))]))


def flat(form: str, size: tuple[int, int], mode: str = "L", **more: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, form, **more)
    return made.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A small picture whose head (IHDR) names another size."""
    data = bytearray(flat("PNG", (8, 8), "1"))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def progressive_that_claims(width: int, height: int) -> bytes:
    """The same of a JPEG (SOF2)."""
    data = bytearray(flat("JPEG", (8, 8), progressive=True))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def test_a_large_photo_is_stored_smaller_and_one_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    stored = Image.open(io.BytesIO(take(PHOTO, flat("JPEG", (8000, 5000))).data))
    assert stored.size == (4000, 2500)
    for mode in ("P", "I;16", "1"):
        assert Image.open(io.BytesIO(take(PHOTO, flat("PNG", (5100, 5000), mode)).data)).size == (2550, 2500), mode
    with pytest.raises(BadInput, match="像素太多"):
        take(PHOTO, png_that_claims(9999, 9999))
    with pytest.raises(BadInput, match="像素太多"):
        take(PHOTO, progressive_that_claims(9000, 6000))
