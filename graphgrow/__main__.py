"""`python -m graphgrow` is the command line."""

from graphgrow.cli.main import entry

if __name__ == "__main__":
    entry()
