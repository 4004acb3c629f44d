"""Chat exports in JSON (being written)."""

HEAD = 1 << 16


def looks_like_chat(head: bytes) -> bool:
    """Whether a file that begins with `head` is a chat export."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") and (
        b'"chat_messages"' in head or (b'"mapping"' in head and b'"create_time"' in head)
    )
