"""What holds for every note, whatever it was read from."""

from notec.vault.note import Note


def check_note(note: Note) -> None:
    """Blocks tile the text, spans lie in it, lines are right, indices point at something, ids differ."""
    text = note.doc.text
    assert "".join(text[b.start : b.end] for b in note.blocks) == text
    for before, after in zip(note.blocks, note.blocks[1:], strict=False):
        assert before.end == after.start
    parts = (note.headings, note.statements, note.links, note.turns, note.footnotes)
    for part in (part for group in parts for part in group):
        assert 0 <= part.start <= part.end <= len(text)
        assert part.line == note.doc.line(part.start)
    for s in note.statements:
        assert -1 <= s.heading < len(note.headings)
        assert -1 <= s.turn < len(note.turns)
        block = note.blocks[s.block]
        assert block.start <= s.start < s.end <= block.end
    assert len({s.id for s in note.statements}) == len(note.statements)
    for i in note.block_ids:
        assert text[i.start : i.end] == f"^{i.id}"
        assert note.blocks[i.block].end <= i.end or note.blocks[i.block].start <= i.start
    for c in (*note.blocks, *(c._replace() for c in note.containers)):
        assert -1 <= getattr(c, "container", getattr(c, "parent", -1)) < len(note.containers)
    text.encode()  # no half characters: every index and database takes it
