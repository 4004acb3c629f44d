"""`undefined-term`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from notec.check.rule import Entry, Rule, Topic
from notec.core import Diagnostic, Severity, Span
from notec.facts.stems import fold
from notec.facts.units import unit_of
from notec.spec import requirements_of
from notec.vault import Note

CODE = "undefined-term"
USED, DEFINED = "used", "defined"
_SHORT = r"[A-ZА-ЯЁ][A-ZА-ЯЁ0-9]{1,6}"
_SPOKEN = re.compile(rf"(?<![\w./\\:-])({_SHORT})(?![\w/\\-]|\.\w|\s*\d)")
_EXPLAINED = re.compile(  # begins with one of few characters, which is quick to search for
    rf"[(A-ZА-ЯЁ](?:(?<=\()\s*({_SHORT})\s*[),;]"  # the long form (SHORT)
    r"|(?<=[A-ZА-ЯЁ])(?<![^\W_].)(?<!-.)([A-ZА-ЯЁ0-9]{1,6})[*_\"»”]*\s*"  # SHORT is ...
    r"(?:\(|[—–:=]|-\s|\||is\b|are\b|means\b|stands\b|это\b|означает|называ|расшифров|"
    r", или |, i\.e\.|, то есть ))"
)
_WELL_KNOWN = """
AI AJAX AMD ANSI API ARM ASAP ASCII ATM AWS BIOS BMP BOM CAD CAPTCHA CD CI CLI CMS CPU CRC CRLF CRM CRUD CSS
CSV CUDA DB DBMS DDR DHCP DLL DNS DOC DOCX DOM DPI DRAM DVD ECC EOF EPUB ERP EU EXE FAQ FIFO FLAC FPS FTP
GDPR GET GIF GIT GMT GNU GPL GPS GPT GPU GUI HDD HDMI HR HTML HTTP HTTPS IBM ID IDE IE IMAP IO IOS IP IPV4
IPV6 ISBN ISO IT JDK JPEG JPG JS JSON JSONL JVM JWT KPI KV LAN LCD LDAP LED LF LLM LTS MAC MD MDX MIME MIT
ML MP3 MP4 MS MVP NASA NATO NFC NLP NVME OAUTH OCR ODT OK OS OTP PC PCI PDF PHP PID PIN PNG POST PPTX PR PUT
QA QR RAG RAID RAM REST RFC RGB ROM RPC RSA RSS RTF SAAS SAP SDK SEO SHA SIM SLA SMS SMTP SOAP SOC SQL SSD
SSH SSL SSO STDIN STDOUT SVG TCP TIFF TLS TOML TSV TTL TV TXT UDP UI UID UK UML UN URI URL US USA USB USD
UTC UTF UUID UX VAT VIP VM VPN VPS VRAM WAL WAV WIFI WSL WWW XLS XLSX XML XSS YAML ZIP EUR RUB PS TODO FIXME
NOTE TBD MUST SHALL SHOULD MAY NOT AND OR IF THEN ELSE WHEN GIVEN ALL ANY NO YES TRUE FALSE NULL NONE DONE
NEW OLD ON OFF ONLY NEVER ALWAYS АО БД ВВП ВУЗ ГБ ГОСТ ДНК ЕС ЖК ЗАО ЗП ИИ ИИН ИНН ИП ИТ КБ КПП МБ МВД МГУ
МКАД МФЦ НДС НДФЛ НЕ НЕТ ОАО ОЗУ ОК ОКПО ООН ООО ОС ПАО ПДФ ПК ПО ПЗУ РАН РЖД РФ СИ СМИ СМС СНГ СНИЛС ССД
СССР СУБД США ТБ ТВ ТЗ УТФ ФИО ФНС ФСБ ЦБ ЦП ЦПУ ЧП ЭВМ ДА ИЛИ И ВСЕ ТОЛЬКО НИКОГДА ВСЕГДА ВАЖНО
"""
_COMMON = frozenset(_WELL_KNOWN.split())  # what nobody explains any more


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    text = note.doc.text
    told: set[str] = set()
    names = [note.title, *note.aliases, *(h.text for h in note.headings)]
    for term in re.findall(rf"(?<!\w){_SHORT}(?!\w)", " | ".join(names)):
        told.add(term)
    told.update(_explained(text))
    for term in told - _COMMON:
        yield fold(term), Entry(note.path, 0, 0, 0, (DEFINED,))
    seen: set[str] = set()
    for r in requirements_of(note):
        letters = [c for c in r.words if c.isalpha()]
        if not r.explicit or sum(c.isupper() for c in letters) > 0.5 * len(letters):
            continue  # a line that shouts
        raw = note.text_of(r.statement)
        hidden = [*((c.start, c.end) for c in note.code_spans), *((x.start, x.end) for x in note.links)]
        for match in _SPOKEN.finditer(raw):
            term, start = match[1], r.statement.start + match.start(1)
            if term in _COMMON or term in seen or unit_of(term) or not term.isalpha():
                continue
            if any(a <= start < b for a, b in hidden) or raw[: match.start()].endswith(
                ('"', "«", "“", "'", "#", "$")
            ):
                continue
            seen.add(term)
            yield fold(term), Entry(note.path, r.statement.line, start, start + len(term), (USED, term))


def _explained(text: str) -> Iterator[str]:
    at = 0
    while match := _EXPLAINED.search(text, at):
        start, at = match.start(), match.end()
        lead = text[:start].rstrip("_")[-1:] if text[start - 1 : start] == "_" else ""
        if match[1]:
            yield match[1]
        elif lead.isalnum() or lead == "-":
            at = start + 1  # a part of some_NAME
        else:
            yield text[start : match.end(2)]


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    if any(entry.said[0] == DEFINED for entry in entries):
        return
    for e in entries:
        message = f"{e.said[1]} is explained nowhere in the vault"
        yield Diagnostic(CODE, Severity.INFO, message, e.note, e.line, Span(e.start, e.end))


RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a requirement uses an abbreviation that no note explains",
    why="A reader guesses what it stands for, and builds what he guessed.",
    mend='Write it out once, "warm start pool (WSP)", or make a note of that name.',
    example="## a.idea\nThe server must keep the WSP filled.\n\nExample: `size(pool) = 3`\n",
    topic=Topic("terms", _share),
    judge=_judge,
)
