"""What was measured, which is told at the end of a run."""

measured: list[str] = []
