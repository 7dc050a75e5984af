"""The front door: the ``hotleads`` command line."""

import os

# Read once when the OpenMP runtime loads: idle threads sleep instead of spinning, which nearly halves XGBoost's
# CPU time on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
