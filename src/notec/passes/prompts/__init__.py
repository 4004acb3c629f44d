"""Prompts of the passes: each a text file, part of the key of what it makes."""

from importlib.resources import files


def prompt(name: str) -> str:
    """The text of a prompt, such as `requirement`."""
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
