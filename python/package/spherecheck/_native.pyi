import os
from collections.abc import Sequence
from typing import Any

__all__ = ["main", "run", "save"]

def run(
    words: Sequence[str | os.PathLike[str]], lent: Sequence[tuple[str, bytes | None, bool, Any]]
) -> tuple[int, bytes, str]: ...
def main(words: Sequence[str | os.PathLike[str]]) -> int: ...
def save(audit: bytes, dir: str | os.PathLike[str], title: str | None) -> list[str]: ...
