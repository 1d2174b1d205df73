"""`postern`: every command, by its name."""

from importlib import import_module

import click

COMMANDS = {
    "serve": "cli.serving:serve",
    "migrate": "cli.migrations:migrate",
    "doctor": "cli.doctor.command:doctor",
    "users": "cli.users:users",
    "roles": "cli.roles:roles",
    "sessions": "cli.sessions:sessions",
    "outbox": "cli.outbox:outbox",
    "audit": "cli.audit:audit",
    "keys": "cli.keys:keys",
    "reseal": "cli.sealing:reseal",
    "breached-file": "cli.breached:breached_file",
    "export-schema": "cli.graphql:export_schema",
    "make-migration": "cli.migrations:make_migration",
}


class Lazy(click.Group):
    """Imports a command as it is asked for: all of them together take a second, for which no Tab key should wait."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def postern() -> None:
    """Postern's command line. It takes the settings of the server, from the environment or .env.

    Exit codes: 0 it is done; 1 it was refused, or something is not as it should be; 2 the command line is wrong;
    3 the settings or the database cannot be used.
    """


if __name__ == "__main__":
    try:
        postern(prog_name="postern")
    except OSError as error:  # what is printed cannot be written
        raise SystemExit(f"Error: {error}") from None
