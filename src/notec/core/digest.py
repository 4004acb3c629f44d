"""Content addresses."""

from __future__ import annotations

import hashlib

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case


def digest(data: bytes | str) -> str:
    """BLAKE2b-128 of `data` in hexadecimal (32 characters); text is taken as UTF-8.

    Lone surrogates, which a Windows file name may carry, are kept apart from one another.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def short_id(data: str, length: int = 12) -> str:
    """A readable id of `length` base32 characters (5 bits each) for `data`; length up to 25."""
    number = int.from_bytes(hashlib.blake2b(data.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return "".join(_ALPHABET[(number >> (5 * i)) & 31] for i in range(length))
