"""`python -m schema` prints the schema in GraphQL's own language."""

import sys

from schema import build

sys.stdout.write(build().as_str() + "\n")
