"""Run code that nobody has read, so that it reaches nothing.

    found = find_sandbox()
    if found.sandbox is None: ...       # `found.reason` says why; nothing is run then
    ran = found.sandbox.run("print(1)", folder, Limits(seconds=5))

Bubblewrap where user namespaces are allowed, and inside it Landlock and seccomp; where they are not,
Landlock, seccomp and resource limits alone. A canary has to fail inside, and to succeed outside, before
anything is run. No isolation, no execution.

Must not know: what is run and why.
"""

from notec.passes.sandbox.box import Sandbox
from notec.passes.sandbox.find import Found, find_sandbox, outlook
from notec.passes.sandbox.read import read_back
from notec.passes.sandbox.values import Kind, Limits, Ran

__all__ = ["Found", "Kind", "Limits", "Ran", "Sandbox", "find_sandbox", "outlook", "read_back"]
