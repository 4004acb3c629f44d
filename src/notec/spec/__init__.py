"""What notes demand: requirements, their ids and examples, and the pseudo-code that carries them out.

Reads no model's text and no files: `Note` in, typed demands out, each with its place. Shared by `check` (is
something missing, doubled, contradictory?) and `passes` (what is to be built?).

Must not know: rules, diagnostics, passes, models, the index.
"""

from notec.spec.requirements import Requirement, is_idea, is_measured, obliges, requirements_of

__all__ = ["Requirement", "is_idea", "is_measured", "obliges", "requirements_of"]
