"""Tortoise prepares all models anew whenever a database is opened: a server does it once, the tests thousands of times.

What it prepares, it keeps in the models' classes, and it is the same for all databases of a kind.
"""

from collections.abc import Callable

from tortoise.apps import Apps

prepare: Callable[[Apps], None] = Apps._build_initial_querysets
_prepared: tuple[object, ...] = ()


def prepare_once(apps: Apps) -> None:
    """Takes the place of what prepares them; it has been done where the last time was for such a database, too."""
    global _prepared  # noqa: PLW0603 - as global as the classes are
    models = frozenset(model for app in apps.apps.values() for model in app.values())
    wanted = (models, *(type(connection) for connection in apps._connections.all()))
    if wanted != _prepared:
        prepare(apps)
        _prepared = wanted
