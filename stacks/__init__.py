"""The wiring of the app: which resources there are, and who may do what with them."""

import os
import sys
from pathlib import Path

# The CDK starts the Node that is installed beside this Python, not one of unknown age on the machine.
_node = Path(sys.executable).with_name("node")
if _node.exists():
    os.environ.setdefault("JSII_NODE", str(_node))
