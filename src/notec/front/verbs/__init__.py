"""The verbs of the command line, one file each.

A verb's file has `NAME`, `SUMMARY` (one line), `EXAMPLE` (lines to copy), `add_arguments(parser)`
and `run(session) -> exit code`. `notec.front.cli.VERBS` lists them. Nothing heavy is imported at
the top of a verb's file: `notec --help` reads them all.

Must not know: one another.
"""
