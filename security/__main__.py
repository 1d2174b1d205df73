"""`python -m security breached-file SOURCE DEST`."""

import argparse
import sys
from pathlib import Path

from security.breached_writing import write


def run_breached_file(source: Path, dest: Path, at_least: int) -> int:
    """Make a file for BREACHED_PASSWORDS from the list of Have I Been Pwned: lines of HASH:COUNT, in any order."""
    try:
        if dest.exists() and dest.samefile(source):
            raise SystemExit(f"{dest} is the list itself, which would be gone")
        if dest.is_dir():
            raise SystemExit(f"{dest} is a folder")
        count = write(source, dest, at_least, _tell)
    except ValueError as error:
        raise SystemExit(f"{source}: {error}") from None
    except OSError as error:
        raise SystemExit(f"{source if error.filename == str(source) else dest}: {error.strerror}") from None
    _tell("")
    sys.stdout.write(f"{dest} holds {count:,} password{'' if count == 1 else 's'}\n")
    return 0


def _tell(progress: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{progress}")
        sys.stderr.flush()


def main() -> int:
    """The exit code of the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m security", description=__doc__)
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("breached-file", help=run_breached_file.__doc__)
    making.add_argument("source", type=Path, metavar="SOURCE", help="the list, or /dev/stdin")
    making.add_argument("dest", type=Path, metavar="DEST", help="the file to make")
    making.add_argument(
        "--at-least", type=int, default=1, metavar="TIMES", help="leave out what was met less often (default: 1)"
    )
    making.set_defaults(run=run_breached_file)
    arguments = vars(parser.parse_args())
    return int(arguments.pop("run")(**arguments))


if __name__ == "__main__":
    sys.exit(main())
