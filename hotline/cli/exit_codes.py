"""The exit codes of `hotline`. 0 is success, and click exits with 2 for wrong usage."""

from typing import Final

EXIT_SETTINGS: Final = 2
EXIT_FAILED: Final = 1
