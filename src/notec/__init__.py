"""A compiler for notes: see `notec.app.Workspace`."""
