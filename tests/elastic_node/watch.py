"""Stops a run when the process it was started for has gone, however that ended."""

import subprocess
import sys
import time

import psutil

from elastic_node import lifecycle, record

PAUSE = 1.0  # seconds between looks


def begin(name: str, owner: int) -> None:
    """Start a watch in the background, free of the terminal."""
    subprocess.Popen(
        [sys.executable, "-P", "-m", "elastic_node", "watch", "--name", name, "--owner", str(owner)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def watch(name: str, owner: int) -> None:
    """Wait for the owner to go, or for the run to be stopped."""
    try:
        process = psutil.Process(owner)
        while record.load(name) and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(PAUSE)
    except psutil.NoSuchProcess:
        pass
    lifecycle.stop(name)
