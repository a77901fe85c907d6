"""`python -m bbconvert` is `bbconvert`."""

from bbconvert.convert.cli.main import main

if __name__ == "__main__":
    main()
