"""Agreement as a test: `assert_agree` in tests written by hand, and a pytest plugin that collects cases.

The plugin (`bridge.testing.plugin`) is found by pytest itself where the package is installed.
"""

from __future__ import annotations

from bridge.testing.agreement import assert_agree

__all__ = ["assert_agree"]
