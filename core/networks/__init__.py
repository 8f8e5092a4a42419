"""The neural networks' files: finding weights, preparing them once, loading them to run."""

import sys

# Importing OpenVINO reports itself to its maker over the network, and leaves an identity in the user's folder.  Without
# this module it has nothing to report with.  Here, because this runs before anything of the product can import OpenVINO
# (only ``runtime`` and ``convert`` do).
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
