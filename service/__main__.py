"""``python -m service …`` reaches the commands that ``newsstand …`` reaches."""

import sys

from newsstand.__main__ import main

sys.exit(main())
