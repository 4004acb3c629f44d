"""What a test calls at its end: this client made these calls, and all went well."""

from __future__ import annotations

from collections.abc import Callable

Green = Callable[..., None]
