"""Which files a vault has.

A walk with `os.scandir`, one `stat` a file, in an order that depends on the names alone. Hidden
files and folders, `node_modules`, notec's own folder and whatever `.gitignore` and `.notecignore`
exclude are left out. Nothing is opened but ignore files and the heads of JSON files, which may be
chat exports.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.vault.ignore import IGNORE_FILES, Rules

SAVED_FOLDER = "notec"  # notec saves answers here; they must never become sources of answers
_PRIVATE = frozenset({".git", ".obsidian", ".trash"})
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})

_READERS = {
    "md": "markdown",
    "markdown": "markdown",
    "txt": "markdown",
    "idea": "markdown",
    "pseudo": "markdown",
    "canvas": "canvas",
    "json": "chat",
    "pdf": "pdf",
    "docx": "docx",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "epub": "epub",
}
DOCUMENT_MODULES = {"pdf": "pypdf", "docx": "docx", "html": "bs4", "epub": "bs4"}
DOCUMENT_LIBRARIES = {
    "pdf": "pypdf",
    "docx": "python-docx",
    "html": "beautifulsoup4",
    "epub": "beautifulsoup4",
}


class FileEntry(NamedTuple):
    """A file of the vault.

    Args:
        path: inside the vault, with forward slashes, exactly as on the disk.
        size: bytes.
        mtime_ns: time of the last change, nanoseconds.
        kind: `note` when notec reads it, else `attachment` (which links may still name).
        inode: number of the file on its disk; 0 where the system has none. It survives a rename.
    """

    path: str
    size: int
    mtime_ns: int
    kind: str
    inode: int = 0


def reader_of(path: str) -> str:
    """`markdown`, `canvas`, `chat`, `pdf`, `docx`, `html`, `epub`, or nothing for an attachment."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return _READERS.get(suffix.lower(), "") if dot and stem else ""


def document_reader_is_there(reader: str) -> bool:
    """Whether the library that reads `pdf`, `docx`, `html` or `epub` is installed."""
    return find_spec(DOCUMENT_MODULES[reader]) is not None


def scan(
    root: Path | str,
    *,
    ignore: Sequence[str] = (),
    skip: Sequence[str] = (SAVED_FOLDER,),
    documents: bool = True,
) -> Outcome[list[FileEntry]]:
    """The files of the vault at `root`, sorted by path.

    Args:
        ignore: further patterns in the syntax of gitignore, weaker than the files in the vault.
        skip: folders, as paths inside the vault, that are left out.
        documents: whether PDF, DOCX, HTML and EPUB count as notes where their readers are installed.

    Each real file comes once: a symbolic link is followed only when it stays inside the vault and
    leads to what would not be met otherwise. A folder that cannot be listed gives the diagnostic
    `unreadable-folder` with the folder as its note: what was known below it is unknown, not gone.

    Raises:
        NotecError: `root` is no folder, or cannot be listed.
    """
    return _Walk(os.path.realpath(root), ignore, skip, documents).run()


class _Walk:
    def __init__(self, root: str, ignore: Sequence[str], skip: Sequence[str], documents: bool) -> None:
        self.root = root
        self.skip = frozenset(s.strip("/") for s in skip)
        self.rules = Rules.of_lines("", ignore)
        self.found: list[FileEntry] = []
        self.said: list[Diagnostic] = list(self.rules.diagnostics)
        self.links: list[tuple[str, Rules]] = []  # symbolic links, looked at last
        self.followed: dict[str, str] = {}  # symbolic link to a folder -> where it leads, inside the vault
        self.seen: set[tuple[int, int]] = set()  # real folders already listed
        self.readers = {"markdown", "canvas"}
        self.absent: dict[str, int] = {}  # reader whose library is not installed -> files met
        for reader in DOCUMENT_MODULES if documents else ():
            if document_reader_is_there(reader):
                self.readers.add(reader)
            else:
                self.absent[reader] = 0

    def run(self) -> Outcome[list[FileEntry]]:
        try:
            with os.scandir(self.root):
                pass
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotecError(
                f"cannot read the vault {self.root}: {reason}",
                "name the folder of your notes with --vault PATH or NOTEC_VAULT",
            ) from error
        self.walk("", self.rules)
        self.follow_links()
        self.found = sorted(filter(self.has_a_name, self.found), key=itemgetter(0))
        for reader, count in self.absent.items():
            if count:
                files = "file is" if count == 1 else "files are"
                said = (
                    f"{count} {reader.upper()} {files} not read; `pip install 'notec[documents]'` reads them"
                )
                self.said.append(Diagnostic("no-reader", Severity.INFO, said, ""))
        return Outcome(self.found, tuple(self.said))

    def has_a_name(self, entry: FileEntry) -> bool:
        """Whether a file's name is text: what is not cannot be linked, shown or kept in a database."""
        try:
            entry.path.encode()
        except UnicodeEncodeError:
            said = "its name is not UTF-8; it is not read until it is renamed"
            self.say("bad-name", Severity.WARNING, entry.path, said)
            return False
        return True

    def say(self, code: str, severity: Severity, path: str, message: str) -> None:
        self.said.append(Diagnostic(code, severity, f"{path or self.root}: {message}", path))

    def walk(self, start: str, rules: Rules) -> None:
        """List everything below the folder `start`."""
        stack = [(start, rules)]
        while stack:
            folder, rules = stack.pop()
            full = os.path.join(self.root, folder) if folder else self.root
            try:
                status = os.stat(full)
                identity = (status.st_dev, status.st_ino)
                if identity in self.seen:
                    continue
                self.seen.add(identity)
                with os.scandir(full) as listing:
                    entries = list(listing)
            except FileNotFoundError:
                continue
            except OSError as error:
                said = f"cannot be listed ({error.strerror}); its notes are left as they were"
                self.say("unreadable-folder", Severity.WARNING, folder, said)
                continue
            own = [entry.name for entry in entries if entry.name in IGNORE_FILES]
            if own:
                rules = rules.with_files(full, folder, own)
                self.said.extend(rules.diagnostics)
            stack.extend((path, rules) for path in self.take(folder, entries, rules))

    def take(self, folder: str, entries: list[os.DirEntry[str]], rules: Rules) -> list[str]:
        """Keep the files of one folder; give back the folders inside it."""
        prefix = f"{folder}/" if folder else ""
        below: list[str] = []
        check = rules.excludes if rules else None
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            path = prefix + name
            try:
                if entry.is_symlink():
                    self.links.append((path, rules))
                elif entry.is_dir(follow_symlinks=False):
                    if name in SKIPPED_FOLDERS or path in self.skip or (check and check(path + "/")):
                        continue
                    below.append(path)
                elif not (check and check(path)):
                    self.keep(path, entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # gone since the folder was listed
            except OSError as error:
                self.say("unreadable-file", Severity.WARNING, path, f"cannot be read ({error.strerror})")
        return below

    def keep(self, path: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            if reader_of(path):  # other things that are no files are nobody's business
                said = "is no regular file (a pipe, socket or device); it is not read"
                self.say("not-a-file", Severity.INFO, path, said)
            return
        reader = reader_of(path)
        kind = "note" if reader in self.readers or (reader == "chat" and self.is_chat(path)) else "attachment"
        if reader in self.absent:
            self.absent[reader] += 1
        self.found.append(FileEntry(path, status.st_size, status.st_mtime_ns, kind, status.st_ino))

    def is_chat(self, path: str) -> bool:
        from notec.vault.chatjson import HEAD, looks_like_chat

        try:
            with open(os.path.join(self.root, path), "rb") as file:
                return looks_like_chat(file.read(HEAD))
        except OSError:
            return False

    def follow_links(self) -> None:
        """Symbolic links: folders first, then files; only inside the vault, only to what is new."""
        files: list[tuple[str, str, os.stat_result]] = []
        while self.links:
            links = sorted(self.links, key=itemgetter(0))
            self.links = []
            for path, rules in links:
                target, inside = self.follow(path)
                if target is None or path in self.skip or self.is_private(inside):
                    continue
                is_folder = stat.S_ISDIR(target.st_mode)
                if rules.excludes(path + "/" if is_folder else path):
                    continue
                if not is_folder:
                    files.append((path, inside, target))
                elif (target.st_dev, target.st_ino) in self.seen:
                    self.say_duplicate(path, inside)
                else:
                    self.followed[path] = inside
                    self.walk(path, rules)
        if not files:
            return
        real = {self.real(entry.path) for entry in self.found}
        for path, inside, target in sorted(files, key=itemgetter(0)):
            if inside in real:
                self.say_duplicate(path, inside)
            else:
                real.add(inside)
                self.keep(path, target)

    def follow(self, path: str) -> tuple[os.stat_result | None, str]:
        """What the link `path` leads to, and its place inside the vault; None when it is not for us."""
        try:
            target = os.path.realpath(os.path.join(self.root, path), strict=True)
            status = os.stat(target)
        except FileNotFoundError:
            self.say("symlink-broken", Severity.INFO, path, "a symbolic link to nothing")
            return None, ""
        except OSError as error:
            said = f"a symbolic link that cannot be followed ({error.strerror})"
            self.say("symlink-loop", Severity.INFO, path, said)
            return None, ""
        if not (target + os.sep).startswith(self.root.rstrip(os.sep) + os.sep):
            said = f"a symbolic link out of the vault, to {target}; it is not followed"
            self.say("symlink-outside", Severity.INFO, path, said)
            return None, ""
        return status, os.path.relpath(target, self.root).replace(os.sep, "/")

    def is_private(self, inside: str) -> bool:
        """Whether a link leads to what must never be a source, whatever the link is called."""
        first = inside.split("/", maxsplit=1)[0]
        return first in _PRIVATE or any(
            f"{inside}/".startswith(f"{folder}/") for folder in self.skip if folder
        )

    def real(self, path: str) -> str:
        """The place of a file that was met through a followed link."""
        folder = path
        while self.followed and folder:
            folder = folder.rpartition("/")[0]
            if folder in self.followed:
                return self.followed[folder] + path[len(folder) :]
        return path

    def say_duplicate(self, path: str, inside: str) -> None:
        what = "the vault itself" if inside == "." else f"{inside}, which is read there"
        self.say("symlink-duplicate", Severity.INFO, path, f"a symbolic link to {what}")
