"""Tests read the package where it lies, whatever else is installed under that name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
