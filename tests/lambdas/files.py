"""Small files of each kind, and uploads that do not matter."""

import struct
import zlib
from datetime import datetime
from itertools import count

from files.memory import MemoryBuckets, MemoryLeftovers, MemoryStore
from files.model import Asked, ContentType, Upload, upload_id
from files.take_in import Desk, next_look
from tests.lambdas.builders import START, Clock, any_realm
from users.change import Realm
from users.model import User

HERE, THERE = "us-west-2", "us-east-1"
_numbers = count(1)


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND")
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xff\xff\xdb\x00\x03\x01\xff\x01\xff\xda\x00\x08\x01\x01\0\0\x3f\0\x37\xff\xd9"
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
FILES: dict[ContentType, bytes] = {"application/pdf": PDF, "image/png": PNG, "image/jpeg": JPEG}


def any_asked(
    content: bytes = PDF, *, filename: str | None = None, content_type: ContentType = "application/pdf"
) -> Asked:
    name = filename or f"paper{next(_numbers)}.pdf"
    return Asked(kind="document", filename=name, content_type=content_type, size=len(content))


def any_upload(owner: User, *, asked: Asked | None = None, created_at: datetime = START) -> Upload:
    return Upload(
        id=upload_id(owner.id, f"key-{next(_numbers)}"),
        owner=owner.id,
        asked=asked or any_asked(),
        created_at=created_at,
        look_at=next_look(created_at, created_at),
    )


class Cloud:
    """Both regions: their desks, and what they share."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.uploads = MemoryStore()
        self.leftovers = MemoryLeftovers()
        self.buckets = MemoryBuckets(HERE, THERE)
        self.users: Realm = any_realm(clock=self.clock)

    def desk(self, region: str = HERE) -> Desk:
        return Desk(
            region=region,
            regions=(HERE, THERE),
            store=self.uploads,
            leftovers=self.leftovers,
            objects=self.buckets.seen_from(region),
            users=self.users,
            now=self.clock,
        )

    def requested(self, owner: User, *, content: bytes = PDF, asked: Asked | None = None) -> Upload:
        """An upload that waits for its file."""
        upload = any_upload(owner, asked=asked or any_asked(content), created_at=self.clock.now)
        self.uploads.create(upload)
        return upload
