"""From an idea to requirements, architecture, pseudo-code and tested code, each piece traced to a note.

Must not know: the index, rules of `check`, how results are shown, where notes and builds are kept.
"""
