"""`python -m resnet_live.doctor`: the doctor where the command `resnet-live` does not start."""

import sys

from resnet_live.doctor.report_health import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
