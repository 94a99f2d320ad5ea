"""``python -m siting`` is the command ``siting``."""

import sys

from .cli import main

sys.exit(main())
