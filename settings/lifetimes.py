"""A lifetime: a number of seconds or an ISO 8601 duration (`PT15M`)."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field


def _seconds(value: object) -> object:
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


Lifetime = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(0), le=timedelta(days=36_500))]
