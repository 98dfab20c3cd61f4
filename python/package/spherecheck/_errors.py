"""What goes wrong, as Python raises it."""

from __future__ import annotations

import re


#: A flag, with the name of its value as usage shows it.
_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)(?: <[^>]*>|=)?")


class SpherecheckError(ValueError):
    """Input or arguments that were refused: the text that the command prints, with arguments in place of flags."""

    @classmethod
    def of(cls, printed: str) -> SpherecheckError:
        """The error that the command printed."""
        # What follows an empty line tells of the command's usage.
        said = re.split(r"\n\s*\n", printed.strip())[0].strip()
        said = said.removeprefix("error: ").split("`")
        # Between backticks stand lines for a shell.
        said[::2] = [_FLAG.sub(lambda flag: flag[1].replace("-", "_") + "=", text) for text in said[::2]]
        return cls("`".join(said))
