"""The only place where a model's text becomes a claim.

`read_drafts` takes what is whole from a reply; `verify` finds every quote at its place, compares numbers,
dates, names, denials and obligations with the cited statements, asks whether they hold the claim's words,
and lets a second judge, where there is one, say no. What fails is handed back with its reason.

Must not know: where sources come from, what was asked, how claims are shown.
"""

from notec.ground.align import find
from notec.ground.drafts import SCHEMA, Draft, read_drafts
from notec.ground.judge import ModelJudge
from notec.ground.source import Source
from notec.ground.support import Support, support
from notec.ground.verify import Rejected, Verified, verify

__all__ = [
    "SCHEMA",
    "Draft",
    "ModelJudge",
    "Rejected",
    "Source",
    "Support",
    "Verified",
    "find",
    "read_drafts",
    "support",
    "verify",
]
