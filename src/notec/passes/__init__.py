"""From an idea to requirements, architecture, pseudo-code and tested code, each piece with the words it came from.

Must not know: the index, rules of `check`, how results are shown, where the build folder's owner keeps his notes.
"""
