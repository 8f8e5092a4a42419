"""Runs a command and tells its seconds and its own peak of memory: ``python -m benchmarks.measured WORD...``.

Stands between a benchmark and the command on purpose, and imports nothing: the system counts what a process held before
it became the command, so that a child of a large benchmark would seem as large as the benchmark.
"""

import json
import os
import subprocess
import sys
import time


def run(command: list[str]) -> tuple[int, float, float | None]:
    """Exit code, wall seconds and peak memory in MB (None where the system does not tell) of one command."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=sys.stderr)
    if sys.platform == "win32":
        return child.wait(), time.perf_counter() - started, None
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> int:
    """Print ``{"seconds": …, "peak_mb": …}``; what the command says goes to standard error."""
    code, seconds, peak = run(sys.argv[1:])
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))
    return code


if __name__ == "__main__":
    sys.exit(main())
