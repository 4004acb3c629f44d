"""The data files beside this code: published facts, each entry with its source, and fitted constants."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The data file `name` (without `.json`); read once, never changed."""
    text = (files("notec.engine") / "data" / f"{name}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
