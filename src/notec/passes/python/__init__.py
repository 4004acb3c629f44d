"""The Python back-end: what a program looks like in Python, what of it is sound, and what it gives when run.

Another language is another package with the same names.

Must not know: models, notes, where files are written.
"""
