"""Every rule, in the order of the documentation. A new rule is a new file and one line here."""

from notec.check.rule import Rule
from notec.check.rules.ambiguous_link import RULE as AMBIGUOUS_LINK
from notec.check.rules.bad_encoding import RULE as BAD_ENCODING
from notec.check.rules.bad_frontmatter import RULE as BAD_FRONTMATTER
from notec.check.rules.bad_ignore import RULE as BAD_IGNORE
from notec.check.rules.case_collision import RULE as CASE_COLLISION
from notec.check.rules.contradiction import RULE as CONTRADICTION
from notec.check.rules.date_conflict import RULE as DATE_CONFLICT
from notec.check.rules.duplicate_citation import RULE as DUPLICATE_CITATION
from notec.check.rules.duplicate_id import RULE as DUPLICATE_ID
from notec.check.rules.duplicate_note import RULE as DUPLICATE_NOTE
from notec.check.rules.duplicate_requirement import RULE as DUPLICATE_REQUIREMENT
from notec.check.rules.gap import RULE as GAP
from notec.check.rules.inconsistency import RULE as INCONSISTENCY
from notec.check.rules.missing_example import RULE as MISSING_EXAMPLE
from notec.check.rules.missing_link import RULE as MISSING_LINK
from notec.check.rules.modality_clash import RULE as MODALITY_CLASH
from notec.check.rules.name_conflict import RULE as NAME_CONFLICT
from notec.check.rules.orphan_note import RULE as ORPHAN_NOTE
from notec.check.rules.orphan_requirement import RULE as ORPHAN_REQUIREMENT
from notec.check.rules.self_citation import RULE as SELF_CITATION
from notec.check.rules.superseded_value import RULE as SUPERSEDED_VALUE
from notec.check.rules.unclosed_block import RULE as UNCLOSED_BLOCK
from notec.check.rules.uncovered_requirement import RULE as UNCOVERED_REQUIREMENT
from notec.check.rules.undefined_term import RULE as UNDEFINED_TERM
from notec.check.rules.unit_conflict import RULE as UNIT_CONFLICT
from notec.check.rules.unknown_model import RULE as UNKNOWN_MODEL
from notec.check.rules.unmeasurable_adjective import RULE as UNMEASURABLE_ADJECTIVE
from notec.check.rules.unresolved_footnote import RULE as UNRESOLVED_FOOTNOTE
from notec.check.rules.unresolved_link import RULE as UNRESOLVED_LINK
from notec.check.rules.unused_footnote import RULE as UNUSED_FOOTNOTE
from notec.check.rules.value_conflict import RULE as VALUE_CONFLICT

RULES: tuple[Rule, ...] = (
    UNRESOLVED_LINK,
    AMBIGUOUS_LINK,
    UNRESOLVED_FOOTNOTE,
    UNUSED_FOOTNOTE,
    DUPLICATE_CITATION,
    SELF_CITATION,
    ORPHAN_NOTE,
    BAD_FRONTMATTER,
    BAD_ENCODING,
    BAD_IGNORE,
    DUPLICATE_NOTE,
    DUPLICATE_ID,
    CASE_COLLISION,
    UNCLOSED_BLOCK,
    MISSING_EXAMPLE,
    UNMEASURABLE_ADJECTIVE,
    DUPLICATE_REQUIREMENT,
    UNDEFINED_TERM,
    UNCOVERED_REQUIREMENT,
    ORPHAN_REQUIREMENT,
    INCONSISTENCY,
    MISSING_LINK,
    VALUE_CONFLICT,
    UNIT_CONFLICT,
    SUPERSEDED_VALUE,
    DATE_CONFLICT,
    NAME_CONFLICT,
    MODALITY_CLASH,
    UNKNOWN_MODEL,
    CONTRADICTION,
    GAP,
)
