"""``python -m crosswalk`` is the command ``crosswalk``."""

from crosswalk.cli import main

if __name__ == "__main__":
    main()
