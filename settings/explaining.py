"""The settings for who does not know them: what each is for, and which one was meant."""

from collections.abc import Set
from datetime import timedelta
from difflib import get_close_matches
from functools import cache

from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from settings.settings import Settings

NEARLY = 0.75  # as alike as PROT and PORT
# What is in the environment may be another program's: PAGER and PGPORT are less alike to ours than this.
NEARER = 0.85


def explained() -> str:
    """One line for each setting: its name, what it is for, and its default."""
    return "\n".join(f"  {name.upper():22} {_line(field)}" for name, field in Settings.model_fields.items())


def _line(field: FieldInfo) -> str:
    told = "(default" in str(field.description) or field.default in (None, "", ())
    default = int(field.default.total_seconds()) if isinstance(field.default, timedelta) else field.default
    return f"{field.description}" if told else f"{field.description} (default: {default})"


def as_given(name: str) -> str | None:
    """The value of a setting as the environment or `.env` has it, where it has one."""
    return {**DotEnvSettingsSource(Settings).env_vars, **EnvSettingsSource(Settings).env_vars}.get(name) or None


def misspelt() -> dict[str, str]:
    """The names in `.env` and the environment that are no setting's, but nearly, each with the setting's name."""
    around = {name for name in EnvSettingsSource(Settings).env_vars if not name.startswith("otel_")}  # its own names
    return _meant(DotEnvSettingsSource(Settings).env_vars.keys(), NEARLY) | _meant(around, NEARER)


def _meant(names: Set[str], alike: float) -> dict[str, str]:
    meant = {name: _nearest(name, alike) for name in sorted(names - Settings.model_fields.keys())}
    return {name.upper(): near[0].upper() for name, near in meant.items() if near}


@cache
def _nearest(name: str, alike: float) -> list[str]:
    return get_close_matches(name, Settings.model_fields, 1, alike)
