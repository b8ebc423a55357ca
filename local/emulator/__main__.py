"""Entry point: `python -I local/emulator/__main__.py …`, by the interpreter of `.venv-emulator`."""

import os
import sys
from pathlib import Path

# Appended, so that nothing of this repository can hide a package of the environment; isolated mode keeps this
# file's own folder (whose `types` would hide the standard one) off the path.
sys.path.append(str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    from local.emulator.launcher import main

    status = main()
    sys.stdout.flush()
    # At once: a signal during the interpreter's own end would still be counted as the cause of death.
    os._exit(status)
