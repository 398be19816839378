"""``python -m mmlandmark COMMAND``."""

import sys

from mmlandmark.cli.main import main

if __name__ == '__main__':
    sys.exit(main())
