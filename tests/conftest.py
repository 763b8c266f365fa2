"""What all tests share: a closing line that sums up the proof."""

from __future__ import annotations

from typing import Any

_PROOF = ("scenarios", "steps", "near misses", "mutations")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Adds up what the tests of the proof recorded, from all workers."""
    sums = dict.fromkeys(_PROOF, 0)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name in sums:
                sums[name] += value
    if any(sums.values()):
        terminalreporter.write_line("proof: " + ", ".join(f"{value} {name}" for name, value in sums.items()))
