"""Which kind of file it is, by its content alone: never by its name or by what the sender calls it. No I/O.

Recognised are the kinds that offices and crews send; each has its media type and its endings. An archive is
a document only where its own table of contents says so (OOXML: ISO/IEC 29500-2, ODF: ISO/IEC 26300, OFD: GB/T
33190-2016). Blocking: call it in a thread.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

import olefile


class Group(StrEnum):
    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True)
class FileKind:
    group: Group
    media_type: str
    endings: tuple[str, ...]
    """As names of such files may end; the first is given to one that ends otherwise."""


class NotTaken(Exception):
    """A file that is recognised and refused; the message says in Chinese what it is and what helps."""


_OOXML = "application/vnd.openxmlformats-officedocument."
JPEG = FileKind(Group.PICTURE, "image/jpeg", (".jpg", ".jpeg"))
PNG = FileKind(Group.PICTURE, "image/png", (".png",))
WEBP = FileKind(Group.PICTURE, "image/webp", (".webp",))
HEIF = FileKind(Group.PICTURE, "image/heif", (".heic", ".heif"))
WAV = FileKind(Group.SOUND, "audio/wav", (".wav",))
OGG = FileKind(Group.SOUND, "audio/ogg", (".ogg", ".oga", ".opus"))
FLAC = FileKind(Group.SOUND, "audio/flac", (".flac",))
MP3 = FileKind(Group.SOUND, "audio/mpeg", (".mp3",))
M4A = FileKind(Group.SOUND, "audio/mp4", (".m4a", ".mp4", ".aac"))
AAC = FileKind(Group.SOUND, "audio/aac", (".aac",))
AMR = FileKind(Group.SOUND, "audio/amr", (".amr",))
AMR_WB = FileKind(Group.SOUND, "audio/amr-wb", (".awb", ".amr"))
SOUND_3GP = FileKind(Group.SOUND, "audio/3gpp", (".3gp", ".3ga"))
WEBM_SOUND = FileKind(Group.SOUND, "audio/webm", (".weba", ".webm"))
MP4 = FileKind(Group.VIDEO, "video/mp4", (".mp4", ".m4v"))
VIDEO_3GP = FileKind(Group.VIDEO, "video/3gpp", (".3gp",))
MOV = FileKind(Group.VIDEO, "video/quicktime", (".mov",))
WEBM = FileKind(Group.VIDEO, "video/webm", (".webm",))
PDF = FileKind(Group.DOCUMENT, "application/pdf", (".pdf",))
DOCX = FileKind(Group.DOCUMENT, f"{_OOXML}wordprocessingml.document", (".docx",))
XLSX = FileKind(Group.DOCUMENT, f"{_OOXML}spreadsheetml.sheet", (".xlsx",))
PPTX = FileKind(Group.DOCUMENT, f"{_OOXML}presentationml.presentation", (".pptx",))
PPSX = FileKind(Group.DOCUMENT, f"{_OOXML}presentationml.slideshow", (".ppsx",))
ODT = FileKind(Group.DOCUMENT, "application/vnd.oasis.opendocument.text", (".odt",))
ODS = FileKind(Group.DOCUMENT, "application/vnd.oasis.opendocument.spreadsheet", (".ods",))
ODP = FileKind(Group.DOCUMENT, "application/vnd.oasis.opendocument.presentation", (".odp",))
OFD = FileKind(Group.DOCUMENT, "application/ofd", (".ofd",))
DOC = FileKind(Group.DOCUMENT, "application/msword", (".doc", ".wps"))
XLS = FileKind(Group.DOCUMENT, "application/vnd.ms-excel", (".xls", ".et"))
PPT = FileKind(Group.DOCUMENT, "application/vnd.ms-powerpoint", (".ppt", ".pps", ".dps"))
TEXT = FileKind(Group.DOCUMENT, "text/plain; charset=utf-8", (".txt", ".csv", ".log"))
TEXT_GB = FileKind(Group.DOCUMENT, "text/plain; charset=gb18030", TEXT.endings)
TEXT_16 = FileKind(Group.DOCUMENT, "text/plain; charset=utf-16", TEXT.endings)

TAKEN = (
    "照片（JPEG、PNG、WebP、HEIC），录音（WAV、MP3、M4A、AMR 等），视频（MP4、3GP、MOV），"
    "PDF、OFD、Word、Excel、PPT、WPS 和纯文本"
)

_OOXML_MAIN: Mapping[str, FileKind] = {f"{kind.media_type}.main+xml": kind for kind in (DOCX, XLSX, PPTX, PPSX)}
_ODF: Mapping[bytes, FileKind] = {kind.media_type.encode(): kind for kind in (ODT, ODS, ODP)}
_OLE_STREAMS: Mapping[str, FileKind] = {
    "worddocument": DOC,
    "workbook": XLS,
    "book": XLS,
    "powerpoint document": PPT,
}
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"))
_PROGRAMS = frozenset(
    (
        ".exe", ".dll", ".com", ".scr", ".msi", ".msp", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf",
        ".wsh", ".hta", ".jar", ".lnk", ".pif", ".cpl", ".reg", ".sh", ".elf", ".apk",
    )
)  # fmt: skip
_MACROS = "这个文件里有宏，不能添加。请另存为不带宏的格式（如 .docx、.xlsx）或 PDF 后再添加。"
_LOCKED = "这个文件加了密码，别人打不开。请取消密码后再添加。"
_ARCHIVE = "压缩包不能直接添加，请解压后把里面的文件逐个添加。"
_PROGRAM = "程序文件不能添加。"
_DAMAGED = "这个文件不完整或已损坏，请重新保存或重新发送后再添加。"
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"#!/", _PROGRAM),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ", _ARCHIVE),
    (b"GIF8", "这是 GIF 图片，请另存为 JPEG 或 PNG 后再添加。"),
    (b"BM", "这是 BMP 图片，请另存为 JPEG 或 PNG 后再添加。"),
    (b"II*\x00", "这是 TIFF 图片，请另存为 JPEG 或 PDF 后再添加。"),
    (b"MM\x00*", "这是 TIFF 图片，请另存为 JPEG 或 PDF 后再添加。"),
    (b"{\\rtf", "这是 RTF 文件，请另存为 .docx 或 PDF 后再添加。"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "这是 WMA/WMV 文件，请转换为 MP3 或 MP4 后再添加。"),
)
_PAGE = "这是网页格式的文件（有的系统导出的“Excel”“Word”就是这样）。请打开后另存为 .xlsx、.docx 或 PDF 再添加。"
_PDF_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n\t ]{0,64}%PDF-")
"""Some scanners and offices' systems write a mark or blank lines before it."""
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|body|script|svg|\?xml|!--|iframe|meta)", re.IGNORECASE)
_OVERRIDE = r"""<(?:\w+:)?Override\b(?=[^>]*\bPartName=["']/?([^"']+)["'])[^>]*\bContentType=["']([^"']+)["']"""
_LARGEST_CONTENTS_BYTES = 1_000_000
_MOST_ENTRIES = 20_000
_LARGEST_UNPACKED_BYTES = 2_000_000_000
_MOST_TIMES_LARGER = 200
"""Text and XML shrink to a twentieth; what unpacks to much more than that is made to fill disks."""
_CLEARLY_LARGE_BYTES = 100_000_000


def recognise(data: bytes) -> FileKind | None:
    """None: no kind that is taken. Raises NotTaken for kinds that are known and refused, with the reason."""
    for find in (_by_signature, _in_boxes, _in_ebml, _in_zip, _in_ole):
        if kind := find(data):
            return kind
    for signature, why in _OTHER:
        if data.startswith(signature):
            # "BM" and "MZ" may begin a text, too; no text holds control characters.
            if len(signature) == 2 and _text(data):
                break
            raise NotTaken(why)
    if _MARKUP.match(data[:200].removeprefix(b"\xef\xbb\xbf")):
        raise NotTaken(_PAGE)
    return _text(data)


def fitting_name(name: str, kind: FileKind) -> str:
    """`name` with an ending of its kind: what is opened by it is what it is."""
    path = PurePosixPath(name)
    if path.suffix.lower() in kind.endings:
        return name
    return (path.stem if path.suffix.lower() in _ENDINGS else name) + kind.endings[0]


def _by_signature(data: bytes) -> FileKind | None:
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF"):
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(data[8:12])
    if data.startswith(b"OggS"):
        return OGG
    if data.startswith(b"fLaC"):
        return FLAC
    if data.startswith(b"#!AMR-WB\n"):
        return AMR_WB
    if data.startswith(b"#!AMR\n"):
        return AMR
    if _PDF_BEGIN.match(data):
        return PDF
    return _mpeg(data)


def _mpeg(data: bytes) -> FileKind | None:
    """MP3 by its tag or its first frame's header (ISO/IEC 11172-3, 2.4.1.3), AAC by its (ISO/IEC 13818-7, ADTS)."""
    if data.startswith(b"ID3"):
        return MP3
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer, rate, frequency = data[1] >> 3 & 3, data[1] >> 1 & 3, data[2] >> 4, data[2] >> 2 & 3
    if data[1] & 0xF6 == 0xF0:
        return AAC if (data[2] >> 2 & 0xF) < 13 else None
    return MP3 if version != 1 and layer == 1 and rate not in (0, 15) and frequency != 3 else None


def _in_boxes(data: bytes) -> FileKind | None:
    """The ISO base media format (ISO/IEC 14496-12): which brand, and whether a track of pictures is in it."""
    if data[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(data[:4], "big"), 4096)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] in _HEIF_BRANDS:
        return HEIF
    tracks = _handlers(data)
    if not tracks:
        # Its table of contents, often the last that is written, is missing: sent or recorded by half.
        raise NotTaken(_DAMAGED)
    moving = b"vide" in tracks
    if brands[0] in (b"M4A ", b"M4B ", b"M4P "):
        return M4A
    if brands[0][:2] == b"3g":
        return VIDEO_3GP if moving else SOUND_3GP
    if brands[0] == b"qt  ":
        return MOV if moving else M4A
    return MP4 if moving else M4A


def _handlers(data: bytes) -> set[bytes]:
    """What the tracks are (`hdlr`), as far as the boxes can be followed: moov, trak, mdia, hdlr."""
    found: set[bytes] = set()
    waiting = [(0, len(data), 0)]
    looked = 0
    while waiting and looked < 10_000:
        at, end, depth = waiting.pop()
        while at + 8 <= end and looked < 10_000:
            looked += 1
            size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
            if size == 1:
                size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
            elif size == 0:
                size = end - at
            if size < head:
                break
            if name in (b"moov", b"trak", b"mdia") and depth < 4:
                waiting.append((at + head, min(at + size, end), depth + 1))
            elif name == b"hdlr":
                found.add(data[at + head + 8 : at + head + 12])
            at += size
    return found


def _in_ebml(data: bytes) -> FileKind | None:
    """WebM and Matroska; the codecs' names show whether there are pictures."""
    if not data.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    if b"webm" not in data[:64] and b"matroska" not in data[:64]:
        return None
    return WEBM if b"V_" in data[:65_536] else WEBM_SOUND


def _in_zip(data: bytes) -> FileKind | None:
    """Raises NotTaken for archives that are no document, and for documents with macros, programs or passwords."""
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _document_in(archive, data)
    except NotTaken:
        raise
    except Exception as error:  # whatever a reader of hostile archives raises, zlib's and struct's own too
        raise NotTaken(_DAMAGED) from error


def _document_in(archive: zipfile.ZipFile, data: bytes) -> FileKind:
    entries = archive.infolist()
    names = {_part_name(entry) for entry in entries}
    kind = _main_part(archive, names)
    if kind is None:
        raise NotTaken(_ARCHIVE)
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotTaken(_LOCKED)
    if any(name.lower().startswith("basic/") or name.lower().endswith("vbaproject.bin") for name in names):
        raise NotTaken(_MACROS)
    if any(PurePosixPath(name.lower()).suffix in _PROGRAMS for name in names):
        raise NotTaken("这个文件里夹带了程序，不能添加。")
    unpacked = sum(entry.file_size for entry in entries)
    bomb = unpacked > max(_CLEARLY_LARGE_BYTES, _MOST_TIMES_LARGER * len(data))
    if len(entries) > _MOST_ENTRIES or unpacked > _LARGEST_UNPACKED_BYTES or bomb:
        raise NotTaken("这个文件展开后过大，不能添加。")
    # Something else before or behind the archive would make it two files in one.
    if archive.start_dir and not _ends_with_its_directory(archive, data):
        raise NotTaken(_DAMAGED)
    return kind


def _main_part(archive: zipfile.ZipFile, names: set[str]) -> FileKind | None:
    if "[Content_Types].xml" in names:
        content = _read(archive, "[Content_Types].xml").decode("utf-8", "replace")
        if "macroEnabled" in content:
            raise NotTaken(_MACROS)
        for part, kind in re.findall(_OVERRIDE, content):
            if kind in _OOXML_MAIN and part in names:
                return _OOXML_MAIN[kind]
        return None
    if "mimetype" in names and "content.xml" in names:
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in _read(archive, manifest):
            raise NotTaken(_LOCKED)
        return _ODF.get(_read(archive, "mimetype").strip())
    if "OFD.xml" in names:
        content = _read(archive, "OFD.xml").decode("utf-8", "replace")
        return OFD if "http://www.ofdspec.org" in content else None
    return None


def _part_name(entry: zipfile.ZipInfo) -> str:
    """Some programs of Windows write its own separators."""
    return entry.filename.replace("\\", "/").lstrip("/")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """At most what a table of contents may be long, whatever the archive says of its size."""
    entry = next(one for one in archive.infolist() if _part_name(one) == name)
    if entry.flag_bits & 1:
        raise NotTaken(_LOCKED)
    with archive.open(entry) as part:
        return part.read(_LARGEST_CONTENTS_BYTES)


def _ends_with_its_directory(archive: zipfile.ZipFile, data: bytes) -> bool:
    first = min((entry.header_offset for entry in archive.infolist()), default=0)
    return first == 0 and data.rfind(b"PK\x05\x06") + 22 + len(archive.comment) == len(data)


def _in_ole(data: bytes) -> FileKind | None:
    """Word, Excel, PowerPoint up to 2003 and WPS (MS-CFB): by the streams in the file's own directory."""
    if not data.startswith(olefile.MAGIC):
        return None
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            paths = [[part.lower() for part in path] for path in ole.listdir(streams=True, storages=True)]
    except Exception as error:  # whatever a reader of hostile files raises, the file is damaged
        raise NotTaken(_DAMAGED) from error
    tops = {path[0] for path in paths}
    if "encryptedpackage" in tops:
        raise NotTaken(_LOCKED)
    kind = next((kind for name, kind in _OLE_STREAMS.items() if name in tops), None)
    if kind is None:
        raise NotTaken(f"不认识这个文件的格式。可以添加：{TAKEN}。")
    if any(part in ("_vba_project", "macros", "_vba_project_cur") for path in paths for part in path):
        raise NotTaken(_MACROS)
    return kind


def _text(data: bytes) -> FileKind | None:
    """Plain text of any of the encodings that Chinese Windows writes; markup and scripts of browsers are none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        kind, encoding = TEXT_16, "utf-16"
    else:
        kind, encoding = TEXT, "utf-8-sig"
    text = _decoded(data, encoding)
    if text is None and kind is TEXT:
        kind, text = TEXT_GB, _decoded(data, "gb18030")
    if text is None or not text.strip() or _MARKUP.match(text[:200].encode("utf-8", "replace")):
        return None
    return kind


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except (UnicodeError, ValueError):
        return None
    return None if re.search(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffd\ue000-\uf8ff]", text) else text


_ENDINGS = frozenset(
    ending
    for kind in (
        JPEG, PNG, WEBP, HEIF, WAV, OGG, FLAC, MP3, M4A, AAC, AMR, AMR_WB, SOUND_3GP, WEBM_SOUND, MP4, VIDEO_3GP, MOV,
        WEBM, PDF, DOCX, XLSX, PPTX, PPSX, ODT, ODS, ODP, OFD, DOC, XLS, PPT, TEXT,
    )
    for ending in kind.endings
) | {".avif", ".zip", ".gif", ".bmp", ".tif", ".tiff"}  # fmt: skip
