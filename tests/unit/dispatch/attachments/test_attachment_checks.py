"""What may hang on an order, and what is taken out of it."""

import pytest

from core.errors import BadInput
from dispatch.attachments.checks import check_content
from dispatch.attachments.models import AttachmentKind
from tests.support.file_samples import GPS_TAG, photo, read


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_out_upright_and_without_its_place(form: str) -> None:
    sent = photo(form)
    assert read(sent).getexif().get_ifd(GPS_TAG)
    checked = check_content(AttachmentKind.PHOTO_BEFORE, sent, keep_details=False)
    clean = read(checked.data)
    assert not clean.getexif()
    assert b"Exif" not in checked.data
    assert clean.size == (20, 40)
    red, _, blue = clean.convert("RGB").getpixel((10, 5))  # type: ignore[misc]
    assert red > 200
    assert blue < 60


def test_a_photo_keeps_what_it_says_where_the_installation_wants_it() -> None:
    sent = photo()
    assert check_content(AttachmentKind.PHOTO_AFTER, sent, keep_details=True).data == sent


def test_the_content_decides_and_not_what_the_sender_calls_it() -> None:
    page = b"<html><script>alert(1)</script></html>"
    for kind in AttachmentKind:
        with pytest.raises(BadInput):
            check_content(kind, page, keep_details=False)


def test_a_picture_cut_short_is_refused_in_plain_words() -> None:
    with pytest.raises(BadInput, match="不是能识别的照片"):
        check_content(AttachmentKind.PHOTO, photo()[:200], keep_details=False)


def test_a_document_may_be_a_pdf_or_a_photo_of_a_paper() -> None:
    pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    assert check_content(AttachmentKind.DOCUMENT, pdf, keep_details=False).kind.media_type == "application/pdf"
    assert check_content(AttachmentKind.DOCUMENT, photo(), keep_details=False).kind.media_type == "image/jpeg"
    with pytest.raises(BadInput, match="录音"):
        check_content(AttachmentKind.VOICE, pdf, keep_details=False)


def test_a_voice_note_is_a_sound_file() -> None:
    wav = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80>\x00\x00\x00}\x00\x00\x02\x00\x10\x00data"
    assert check_content(AttachmentKind.VOICE, wav, keep_details=False).kind.media_type == "audio/wav"
