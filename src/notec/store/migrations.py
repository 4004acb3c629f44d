"""The store's schema, as the way that led to it. A released migration is never changed: add another."""

from __future__ import annotations

from notec.store.database import Migration

MIGRATIONS = (
    Migration(
        "meta, memo, replies and jobs",
        (
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
            """CREATE TABLE memo (
                key TEXT PRIMARY KEY, step TEXT NOT NULL, value BLOB NOT NULL, diagnostics TEXT NOT NULL,
                size INTEGER NOT NULL, made REAL NOT NULL, used REAL NOT NULL
            )""",
            "CREATE INDEX memo_step ON memo (step)",
            "CREATE INDEX memo_used ON memo (used, made)",
            # The sum of all sizes, kept by triggers: summing a million rows at each put would not do.
            "CREATE TABLE memo_size (bytes INTEGER NOT NULL)",
            "INSERT INTO memo_size VALUES (0)",
            """CREATE TRIGGER memo_added AFTER INSERT ON memo BEGIN
                UPDATE memo_size SET bytes = bytes + new.size; END""",
            """CREATE TRIGGER memo_removed AFTER DELETE ON memo BEGIN
                UPDATE memo_size SET bytes = bytes - old.size; END""",
            """CREATE TRIGGER memo_changed AFTER UPDATE OF size ON memo BEGIN
                UPDATE memo_size SET bytes = bytes + new.size - old.size; END""",
            """CREATE TABLE memo_run (
                step TEXT NOT NULL, subject TEXT NOT NULL, key TEXT NOT NULL, parts TEXT NOT NULL,
                PRIMARY KEY (step, subject)
            ) WITHOUT ROWID""",
            """CREATE TABLE reply (
                id INTEGER PRIMARY KEY, request TEXT NOT NULL, model TEXT NOT NULL, question TEXT NOT NULL,
                asked REAL NOT NULL, ended REAL, complete INTEGER NOT NULL DEFAULT 0,
                finish TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',
                text TEXT NOT NULL DEFAULT ''
            )""",
            "CREATE INDEX reply_request ON reply (request, model)",
            """CREATE TABLE reply_piece (
                id INTEGER PRIMARY KEY, reply INTEGER NOT NULL REFERENCES reply (id) ON DELETE CASCADE,
                text TEXT NOT NULL
            )""",
            "CREATE INDEX reply_piece_reply ON reply_piece (reply)",
            """CREATE TABLE job (
                id TEXT PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL,
                state TEXT NOT NULL DEFAULT 'queued', priority INTEGER NOT NULL DEFAULT 0,
                made REAL NOT NULL, started REAL NOT NULL DEFAULT 0, ended REAL NOT NULL DEFAULT 0,
                worker TEXT NOT NULL DEFAULT '', lease REAL NOT NULL DEFAULT 0,
                attempts INTEGER NOT NULL DEFAULT 0, progress TEXT NOT NULL DEFAULT '',
                result TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
                cancel INTEGER NOT NULL DEFAULT 0
            )""",
            "CREATE INDEX job_state ON job (state, priority DESC, made)",
        ),
    ),
)
