import os
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["main", "run", "save", "stream"]

def run(
    words: Sequence[str | os.PathLike[str]],
    lent: Sequence[tuple[str, bytes | None, bool, Any]],
    told: Callable[[float, float | None, str], object] | None = None,
) -> tuple[int, bytes, str]: ...
def main(words: Sequence[str | os.PathLike[str]]) -> int: ...
def save(audit: bytes, dir: str | os.PathLike[str], title: str | None) -> list[str]: ...
def stream(columns: Sequence[tuple[str, str, Sequence[Any]]]) -> Any: ...
