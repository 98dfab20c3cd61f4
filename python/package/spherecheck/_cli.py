"""The command `spherecheck`."""

from __future__ import annotations

import sys

from . import _native


def main() -> int:
    """Runs the command with the arguments of the process; gives its exit status."""
    return _native.main(["spherecheck", *sys.argv[1:]])
