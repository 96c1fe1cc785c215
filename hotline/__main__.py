"""Run the `hotline` command with `python -m hotline`."""

from hotline.cli import main

if __name__ == "__main__":
    main()
