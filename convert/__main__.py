"""`python -m convert` is `bbconvert`."""

from convert.cli.main import main

if __name__ == "__main__":
    main()
