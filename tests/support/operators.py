"""An operator at the command line, with the settings of a server."""

import json
from pathlib import Path
from typing import Any

from settings import Settings
from tests.support.process import Ended, run

POSTERN = ("-m", "cli")


def environment_of(settings: Settings) -> dict[str, str]:
    """What a server of these settings was given, as far as commands ask for it."""
    secrets = {"SECRET_KEY": settings.secret_key, "SMTP_URL": settings.smtp_url}
    known = {name: value.get_secret_value() for name, value in secrets.items() if value}
    return {"DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), **known}


async def operate(folder: Path, settings: Settings, *words: str) -> Ended:
    """What comes of `postern …`."""
    return await run(folder, *POSTERN, *words, **environment_of(settings))


async def asked(folder: Path, settings: Settings, *words: str) -> Any:
    """What `postern … --json` prints."""
    ended = await operate(folder, settings, *words, "--json")
    assert ended.code == 0, ended.complaint
    return json.loads(ended.output)
