"""The command: one line for each thing."""

import logging
from collections.abc import AsyncIterator
from dataclasses import asdict

import click

import database
from cli.doctor import data, own, surroundings
from cli.doctor.finding import Finding
from cli.printing import json_option, print_json
from cli.running import finished
from resolvers.services import Services
from settings import Settings


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look whether everything is as it should be; each line says ok, or what to do.

    Settings, keys, database, clock, migrations, emails, Redis, mail server, PUBLIC_URL and proxies. It changes no
    row and sends no email, and ends with 1 where something is to be done.
    """
    logging.disable()  # what is amiss is told below
    findings = finished(_told(as_json=as_json))
    to_do = sum(not finding.ok for finding in findings)
    if as_json:
        print_json({"ok": not to_do, "findings": [asdict(finding) | {"ok": finding.ok} for finding in findings]})
    else:
        click.echo(f"\n{to_do} to do" if to_do else "\nAll is well")
    if to_do:
        raise SystemExit(1)


async def _told(*, as_json: bool) -> list[Finding]:
    findings = []
    async for finding in _findings():
        findings.append(finding)
        if not as_json:
            _tell(finding)
    return findings


async def _findings() -> AsyncIterator[Finding]:
    known = own.known_settings()
    if not isinstance(known, Settings):
        for finding in known:
            yield finding
        return
    services = own.services_of(known)
    for finding in own.of_settings(known):
        yield finding
    if isinstance(services, Finding):
        yield services
    else:
        for finding in own.of_keys(known, services):
            yield finding
        async for finding in _of_database(services):
            yield finding
    yield await surroundings.of_redis(known)
    yield await surroundings.of_mail(known)
    yield await surroundings.of_public_url(known)
    yield surroundings.of_proxies(known)


async def _of_database(services: Services) -> AsyncIterator[Finding]:
    url = services.settings.database_url
    if database.lacks_file(url):  # which would be made by opening it
        missing = "postern migrate makes it, unless DATABASE_URL should be another"
        yield Finding("database", f"{database.described(url)}: there is no such file", missing)
        return
    async with database.opened(url, 1):
        async for finding in data.of_database(services):
            yield finding


def _tell(finding: Finding) -> None:
    mark = click.style("ok  ", fg="green") if finding.ok else click.style("do  ", fg="red", bold=True)
    click.echo(f"{mark}{finding.name:14}{finding.found}")
    if not finding.ok:
        click.echo(f"{'':18}→ {finding.advice}")
