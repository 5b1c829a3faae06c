"""`python -m ivrsvr` is `ivrsvr`."""

import sys

from ivrsvr.cli import main

if __name__ == "__main__":
    sys.exit(main())
