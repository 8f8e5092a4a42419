"""Networks are asked from several threads at once, from the very first time on."""

import subprocess
import sys

import pytest

from core.paths import PROJECT, Home

FIRST_TIME = """
import sys, threading
from pathlib import Path
import numpy as np
from core.networks.runtime import load_network
from core.paths import Home
network = load_network(Home(Path(sys.argv[1])), "rnet", mean=127.5, scale=128.0, floats=True)
network._ready()
start, crops = threading.Barrier(4), np.zeros((4, 24, 24, 3), np.float32)
sys.setswitchinterval(1e-6)
def ask():
    start.wait()
    answers.append(len(network(crops)))
answers = []
threads = [threading.Thread(target=ask) for _ in range(4)]
for one in threads: one.start()
for one in threads: one.join()
sys.exit(answers != [2, 2, 2, 2])
"""


@pytest.mark.parametrize("attempt", range(4))
def test_the_first_answers_may_be_asked_for_at_the_same_moment(engine_home: Home, attempt: int) -> None:
    """The binding's own first use made two threads wait for each other for ever, unless it happens on loading."""
    command = [sys.executable, "-c", FIRST_TIME, str(engine_home.root)]
    assert subprocess.run(command, cwd=PROJECT, timeout=300, check=False).returncode == 0, attempt
