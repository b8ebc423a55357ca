"""`python -m twinhull.ops`, where the command `twinhull` is not installed."""

import sys

from twinhull.ops.main import main

sys.exit(main())
