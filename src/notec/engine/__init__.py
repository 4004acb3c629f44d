"""What this machine can run, how fast, and running it.

Planning is pure: `Machine` + model header -> `Plan`. Launching takes a plan and gives an endpoint on
loopback. Files are read by their headers only; published facts and fitted constants stand in data files
beside the code, each with its source.

Must not know: notes, vaults, questions, prompts, terminals.
"""
