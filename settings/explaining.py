"""The settings for who does not know them: what each is for, and which one was meant."""

from datetime import timedelta
from difflib import get_close_matches

from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from settings.settings import Settings

NEARLY = 0.75  # as alike as PROT and PORT


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
    """The names in `.env` that are no setting's, but nearly, each with the setting's name."""
    names = sorted(DotEnvSettingsSource(Settings).env_vars.keys() - Settings.model_fields.keys())
    meant = {name: get_close_matches(name, Settings.model_fields, 1, NEARLY) for name in names}
    return {name.upper(): near[0].upper() for name, near in meant.items() if near}
