"""What people read of what hangs on an order."""

from collections.abc import Mapping

from dispatch.attachments.file_kinds import Group
from dispatch.attachments.models import AttachmentKind

ATTACHMENT_KINDS: Mapping[AttachmentKind, str] = {
    AttachmentKind.PHOTO_BEFORE: "处理前照片",
    AttachmentKind.PHOTO_AFTER: "处理后照片",
    AttachmentKind.PHOTO: "照片",
    AttachmentKind.VOICE: "语音",
    AttachmentKind.DOCUMENT: "文件",
}


FILE_GROUPS: Mapping[Group, str] = {
    Group.PICTURE: "照片",
    Group.SOUND: "录音",
    Group.VIDEO: "视频",
    Group.DOCUMENT: "文件",
}
