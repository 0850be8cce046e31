"""Makes `python -m elastic_node` the command line."""

import sys

from elastic_node.command import main

sys.exit(main(sys.argv[1:]))
