"""Keeps a run no longer than the process it was started for, however that ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from elastic_node import record
from elastic_node.processes import STARTED

PAUSE = 1.0  # seconds between looks


def begin(name: str, owner: int) -> None:
    """Start a watch in the background, free of the terminal."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "elastic_node", "watch", "--name", name, "--owner", str(owner)],
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    STARTED.append(process)


def wait(name: str, owner: int) -> None:
    """Return when the owner has gone, or when the run has been stopped by somebody else."""
    try:
        process = psutil.Process(owner)
        while record.load(name) and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(PAUSE)
    except psutil.NoSuchProcess:
        return
