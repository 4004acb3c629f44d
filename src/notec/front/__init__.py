"""Translations of the library: the command line; later HTTP, MCP and the editor.

A front end turns words into a call of one verb of `notec.app`, and its result into words. It holds
no logic, and no front end imports another.

Must not know: how anything is read, found or verified.
"""
