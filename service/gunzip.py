"""Compressed bodies, without letting a small one become a large one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from service.problems import InvalidEncoding, TooLarge

PIECE_BYTES = 64 << 10
_GZIP = 16 + zlib.MAX_WBITS


class Gunzip:
    """Decompresses a body that comes in parts, in pieces of bounded size.

    A body may be several gzip members one after the other (RFC 1952, section 2.2), and be padded with zeros.
    """

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False
        self._whole = False

    def feed(self, part: bytes) -> Iterator[bytes]:
        """The decompressed bytes that this part completes, in pieces of at most 64 KiB.

        Raises
        ------
        InvalidEncoding
        """
        while part:
            if self._member.eof:
                part = part.lstrip(b"\0")
                if not part:
                    return
                self._member = zlib.decompressobj(_GZIP)
            self._begun, self._whole = True, False
            try:
                piece = self._member.decompress(part, PIECE_BYTES)
            except zlib.error as error:
                raise InvalidEncoding("the body is no gzip, or it is damaged") from error
            self._whole = self._member.eof
            part = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece
        if self._begun and not self._member.eof:
            yield from self._rest()

    def end(self) -> None:
        """Make sure that the body is whole.

        Raises
        ------
        InvalidEncoding
        """
        if not self._whole:
            raise InvalidEncoding("the gzip is truncated: send all of it")

    def _rest(self) -> Iterator[bytes]:
        """What the member holds back because a piece was full; it has consumed all of the part by then."""
        while piece := self._member.decompress(b"", PIECE_BYTES):
            yield piece
        self._whole = self._member.eof


def gunzip(body: bytes, limit: int) -> bytes:
    """A whole body, decompressed.

    Raises
    ------
    TooLarge
        As soon as more than ``limit`` bytes have come out.
    InvalidEncoding
    """
    unpacker, pieces, size = Gunzip(), [], 0
    for piece in unpacker.feed(body):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise TooLarge(f"decompressed, it is over the limit of {limit} bytes: send less")
    unpacker.end()
    return b"".join(pieces)
