"""The Python back-end: what a program looks like in Python, what of it is sound, and what it gives when run.

Another language is another package with the same names.

Must not know: models, notes, where files are written.
"""

from notec.passes.python.body import problem, read_body
from notec.passes.python.calls import Call, Followed
from notec.passes.python.edited import edited
from notec.passes.python.inputs import generated
from notec.passes.python.layout import package_name, project
from notec.passes.python.memorised import memorised
from notec.passes.python.mutants import mutants
from notec.passes.python.names import Surroundings
from notec.passes.python.tests import bound, compose, indirect, invented, lost, test_problem
from notec.passes.python.text import relocate
from notec.passes.python.trial import Scene, answers, scene_of, sources_of, trial

__all__ = [
    "Call",
    "Followed",
    "Scene",
    "Surroundings",
    "answers",
    "bound",
    "compose",
    "edited",
    "generated",
    "indirect",
    "invented",
    "lost",
    "memorised",
    "mutants",
    "package_name",
    "problem",
    "project",
    "read_body",
    "relocate",
    "scene_of",
    "sources_of",
    "test_problem",
    "trial",
]
