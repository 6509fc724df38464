"""What ends a command: an error that is one line for the person at the terminal, or a signal."""

from __future__ import annotations

EXIT_OK = 0
EXIT_TOOL_ERROR = 1
EXIT_CASE_FAILED = 2
EXIT_REGRESSION = 3
EXIT_INCOMPARABLE = 4


class ReportError(Exception):
    """One line for the person at the terminal: which file, where in it, expected, found."""

    def __init__(self, message: str, exit_code: int = EXIT_TOOL_ERROR):
        super().__init__(message)
        self.exit_code = exit_code


class Interrupted(BaseException):
    """A signal asked for the end. No Exception, so that nothing that handles errors catches it."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number
