"""Which `*`, `_`, `~~` and `==` are marks and not words: CommonMark's delimiter algorithm."""

from __future__ import annotations

from unicodedata import category

Hidden = tuple[int, int, int]  # start, end, 1 where a blank takes its place
Run = tuple[int, int, str, bool, bool]  # start, length, character, may open, may close


def run_at(text: str, start: int, end: int) -> Run | None:
    """The delimiter run `text[start:end]`; None where it can neither open nor close."""
    char = text[start]
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    space_before, space_after = before.isspace(), after.isspace()
    mark_before = not space_before and _is_mark(before)
    mark_after = not space_after and _is_mark(after)
    left = not space_after and (not mark_after or space_before or mark_before)
    right = not space_before and (not mark_before or space_after or mark_after)
    if char == "_":
        left, right = left and (not right or mark_before), right and (not left or mark_after)
    return (start, end - start, char, left, right) if left or right else None


def _is_mark(char: str) -> bool:
    return not char.isalnum() and (char < "\x80" or category(char)[0] in "PS")


def pair(runs: list[Run], first: int, hidden: list[Hidden]) -> None:
    """Pairs the runs from index `first` on, adds the marks to `hidden`, and takes the runs away.

    Linear: what was once looked through in vain is not looked through again.
    """
    if len(runs) - first < 2:
        del runs[first:]
        return
    # Openers: start, length left, character, first length, may also close.
    stack: list[list[int]] = []
    floors: dict[tuple[str, bool, int], int] = {}
    for start, length, char, opens, closes in runs[first:]:
        pos, left, code = start, length, ord(char)
        key = (char, opens, length % 3)
        while closes and left:
            at = len(stack) - 1
            floor = floors.get(key, 0)
            while at >= floor and not _fits(stack[at], code, length, opens):
                at -= 1
            if at < floor:
                floors[key] = len(stack)
                break
            opener = stack[at]
            use = 2 if left > 1 and opener[1] > 1 else 1
            hidden.append((opener[0] + opener[1] - use, opener[0] + opener[1], 0))
            hidden.append((pos, pos + use, 0))
            opener[1] -= use
            pos, left = pos + use, left - use
            del stack[at + 1 if opener[1] else at :]
            for known, depth in floors.items():
                if depth > len(stack):
                    floors[known] = len(stack)
        if opens and left:
            stack.append([pos, left, code, length, closes])
    del runs[first:]


def _fits(opener: list[int], code: int, length: int, opens: bool) -> bool:
    if opener[2] != code:
        return False
    if code in (126, 61):  # ~~ and == come in twos
        return True
    both = opener[4] or opens
    return not (both and (opener[3] + length) % 3 == 0 and (opener[3] % 3 or length % 3))
