"""Settings as a test gives them, whatever the environment says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic_settings import PydanticBaseSettingsSource

from settings import Settings

LIMITS = [name for name in Settings.model_fields if "_limit" in name]
MakeSettings = Callable[..., Settings]


class _Given(Settings):
    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[PydanticBaseSettingsSource, ...]:
        return (sources["init_settings"],)


def made(data_dir: Path, **changes: Any) -> Settings:
    """As in production, but for the cheapest hash and limits that nobody reaches."""
    usual: dict[str, Any] = {"data_dir": data_dir, "public_url": "http://postern.test"}
    patient = dict.fromkeys(LIMITS, "100000 per second")
    cheap = {"argon2_memory_kib": 8, "argon2_time_cost": 1}
    return _Given(**(usual | cheap | patient | changes))
