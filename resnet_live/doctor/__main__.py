"""`python -m resnet_live.doctor`: the doctor where the command `resnet-live` does not start."""

import os
import sys

# Python looks here first, and a file random.py of the user's would end the doctor before it can name it.
sys.path[:] = [place for place in sys.path if os.path.realpath(place or ".") != os.path.realpath(".")]

from resnet_live.doctor.report_health import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
