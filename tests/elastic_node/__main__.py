"""Makes `python -m elastic_node` the command line."""

import signal
import sys

from elastic_node.command import main

signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended half-way it clears up, as after Ctrl-C
sys.exit(main(sys.argv[1:]))
