"""`main.py` in a Python that begins anew: what LD_PRELOAD names has to be there from the first moment."""

import os
import sys

from settings import ROOT

os.execv(sys.executable, [sys.executable, str(ROOT / "main.py")])  # noqa: S606
