"""Every rule, in the order of the documentation. A new rule is a new file and one line here."""

from notec.check.rule import Rule
from notec.check.rules.ambiguous_link import RULE as AMBIGUOUS_LINK
from notec.check.rules.orphan_note import RULE as ORPHAN_NOTE
from notec.check.rules.unresolved_footnote import RULE as UNRESOLVED_FOOTNOTE
from notec.check.rules.unresolved_link import RULE as UNRESOLVED_LINK
from notec.check.rules.unused_footnote import RULE as UNUSED_FOOTNOTE

RULES: tuple[Rule, ...] = (
    UNRESOLVED_LINK,
    AMBIGUOUS_LINK,
    UNRESOLVED_FOOTNOTE,
    UNUSED_FOOTNOTE,
    ORPHAN_NOTE,
)
