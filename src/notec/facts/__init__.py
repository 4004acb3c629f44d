"""What a statement says, Russian and English, read without a model.

`read` turns a statement into `Facts`: quantities with units, dates, versions, names, modality and
negation, each with its place in characters. `disagreements` tells on which of them a claim and its
source differ. One reading is shared by the judge of citations, the checks for conflicting values and
the passes that look for what obliges. `words` cuts and stems text for search and comparison alike.

Must not know: notes, files, models, databases, or what its readings are used for.
"""

from notec.facts.compare import disagreements
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.reader import read
from notec.facts.values import Facts, Modal, Modality, Moment, Name, Negation, Quantity, Relation, Version

__all__ = [
    "Disagreement",
    "Facts",
    "Kind",
    "Modal",
    "Modality",
    "Moment",
    "Name",
    "Negation",
    "Quantity",
    "Relation",
    "Version",
    "disagreements",
    "read",
]
