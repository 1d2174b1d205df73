"""README.md and docs/: whoever does what stands there, from top to bottom, gets what is promised there"""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from settings import ROOT
from tests.docs.blocks import DOCUMENTS, Block, block, blocks
from tests.docs.reader import Reader, needs_shell
from tests.graphql_over_http.node import needs_node
from tests.support.databases import Databases
from tests.support.postoffice import PostOffice

READ = [
    *("README.md", "docs/fetch.md", "docs/sessions.md", "docs/accounts.md", "docs/login-codes.md"),
    "docs/second-factors.md",
]
# Blocks that another test runs.
ELSEWHERE = {
    "README.md": {'import { createPostern } from "@postern/client";': "client/test/docs.test.mjs"},
    "docs/client.md": {
        **dict.fromkeys(
            (
                "// account.js",
                "// Registering, and confirming by what follows token= in the email's link",
                "// On the page that CONFIRM_EMAIL_URL names",
                "// Logging in, and the second step of those who have a second factor",
                "// Where something is broken",
                "// When a page is opened",
                "// A server of yours, and a page that asks it",
                "// The account's settings",
                "// page.js",
                "// Rendered on a server, where nobody is known yet",
                "// Apollo Client, as who is signed in",
                "// urql, as who is signed in",
                "// What expo-secure-store has, as a storage; here with something that is alike",
            ),
            "client/test/docs.test.mjs",
        ),
        "// codegen.ts: what graphql-codegen is told": "client/test/generated.test.mjs",
        "# operations.graphql": "client/test/generated.test.mjs",
        "// Adding one, and logging in with it": "tests/browser/test_client.py",
        "// On the page with the buttons": "tests/browser/test_services.py",
        "// On the page that browsers come back to": "tests/browser/test_services.py",
    },
    "docs/sessions.md": {
        "// session.js": "tests/browser/test_docs.py",
        'import { login, logout, resume } from "./session.js";': "tests/browser/test_docs.py",
    },
    "docs/pages.md": {
        "// hosted.js": "tests/browser/test_hosted_pages.py",
        'import { logIn, resume } from "./hosted.js";': "tests/browser/test_hosted_pages.py",
    },
    "docs/passkeys.md": {
        "// passkeys.js": "tests/browser/test_passkeys.py",
        'import { addPasskey, completeWithPasskey, logInWithPasskey, stepUpWithPasskey } from "./passkeys.js";': (
            "tests/browser/test_passkeys.py"
        ),
    },
    "docs/identities.md": {
        "[google]": "tests/providers/test_settings.py",
        "// services.js": "tests/providers/test_docs.py",
        'import { leave, providers } from "./services.js";': "tests/providers/test_docs.py",
        'import { comeBack } from "./services.js";': "tests/providers/test_docs.py",
        "// linking.js": "tests/providers/test_docs.py",
        'import { leaveToLink } from "./linking.js";': "tests/providers/test_docs.py",
        'import { comeBackToLink } from "./linking.js";': "tests/providers/test_docs.py",
        "// native.js": "tests/providers/test_docs.py",
        'import { logInNatively } from "./native.js";': "tests/providers/test_docs.py",
    },
    "docs/administration.md": {
        "postern roles grant ann@example.com admin": "tests/test_roles.py",
        "mutation WriteRole {": "tests/docs/test_administration.py",
        "query Accounts {": "tests/docs/test_administration.py",
        "query Account($id: ID!) {": "tests/docs/test_administration.py",
        "mutation DisableUser($id: ID!) {": "tests/docs/test_administration.py",
        "query Letters {": "tests/docs/test_administration.py",
        "query AuditEvents($id: ID!) {": "tests/docs/test_administration.py",
        "query MyEvents {": "tests/docs/test_administration.py",
    },
    "docs/webhooks.md": {
        "mutation CreateWebhook {": "tests/webhooks/test_docs.py",
        "query Webhooks {": "tests/webhooks/test_docs.py",
        "# receiver.py": "tests/webhooks/test_docs.py",
        "python receiver.py": "tests/webhooks/test_docs.py",
        "// receiver.js": "tests/webhooks/test_docs.py",
        "node receiver.js": "tests/webhooks/test_docs.py",
        "{": "tests/webhooks/test_docs.py",
    },
    "docs/importing.md": {
        '{"email": "ann@example.com", "email_confirmed": true, "name": "Ann", "created_at": "2024-05-06T07:08:09Z", '
        '"password_hash": "pbkdf2_sha256$1000$salt$Q4bByd5jvpdGGKWM+9++LxV00FfvkG4ci2ef1z+hXQA="}': (
            "tests/cli/test_import.py"
        ),
        "email,email_confirmed,name": "tests/cli/test_import.py",
        "{": "tests/cli/test_import.py",
    },
    "docs/persisted-documents.md": {
        "PERSISTED_DOCUMENTS=/etc/postern/documents.json": "tests/graphql_over_http/test_persisted.py",
        "{": "tests/graphql_over_http/test_persisted.py",
        '{ "documentId": "sha256:…", "variables": { "input": { "email": "ann@example.com", "password": "…" } } }': (
            "tests/graphql_over_http/test_persisted.py"
        ),
    },
    "docs/command-line.md": {"cd /srv/postern": "tests/cli/test_documents.py"},
    "docs/production.md": {
        "install -d -m 750 -g postern /etc/postern": "tests/processes/test_systemd.py",
        "ENVIRONMENT=production": "tests/processes/test_systemd.py",
        "# /etc/systemd/system/postern.service": "tests/processes/test_systemd.py",
        "cd /srv/postern": "tests/processes/test_systemd.py",
        "CREATE ROLE postern LOGIN PASSWORD '…';": "tests/docs/test_production.py",
        "postern users remove-factors ann@example.com": "tests/test_lost_factors.py",
        **dict.fromkeys(
            (
                "CREATE ROLE replicator LOGIN REPLICATION PASSWORD '…';",
                "pg_basebackup --write-recovery-conf --checkpoint=fast \\",
                "ALTER SYSTEM SET synchronous_standby_names = 'standby';",
                "SELECT application_name, sync_state FROM pg_stat_replication;",
                "SELECT pg_promote();",
                "ALTER SYSTEM RESET synchronous_standby_names;",
            ),
            "tests/nodes/test_standby.py",
        ),
        "umask 077": "tests/docs/test_production.py",
        "runuser -u postgres -- createdb --owner=postern restored": "tests/docs/test_production.py",
        "DELETE FROM sessions;   -- those that were closed since are open again in it": "tests/docs/test_production.py",
    },
}
# Blocks that cannot be run by a test, and why.
NOT_HERE = {
    "docs/client.md": {"make client": "takes a minute, and needs the npm registry; .ci/run does it"},
    "docs/containers.md": {
        "docker compose up --build": "needs Docker; tests/deployment reads compose.yaml",
        "docker compose exec postern ./postern doctor": "needs Docker; tests/cli runs the commands",
        "docker build --tag postern .": "needs Docker; tests/deployment starts what goes into the image",
        "kubectl create namespace postern": "needs Kubernetes; tests/deployment reads the objects",
    },
    "docs/performance.md": {
        "make bench": "takes half an hour; tests/measuring/test_benchmarks.py runs a tiny one",
    },
    "docs/production.md": {
        "useradd --system --user-group --home-dir /srv/postern --no-create-home --shell /usr/sbin/nologin postern": (
            "makes a user, which root alone may, and clones from an address of your own"
        ),
        "systemctl daemon-reload": "needs a machine that systemd has started",
        "certbot certonly --webroot --webroot-path /var/www/html --domain accounts.example.com "
        "--deploy-hook 'systemctl reload nginx'": "needs a public name; tests/processes/test_nginx.py has the rest",
    },
}


def is_left_out(found: Block) -> bool:
    return any(found.first_line in known.get(found.document, {}) for known in (ELSEWHERE, NOT_HERE))


@needs_node
@needs_shell
@pytest.mark.anyio
async def test_every_command_and_snippet_works_as_it_stands(
    tmp_path: Path, post: PostOffice, all_databases: Databases
) -> None:
    async with AsyncExitStack() as stack:
        database_url = await stack.enter_async_context(all_databases.fresh("postgres"))
        reader = Reader(tmp_path, post, database_url, stack)
        for found in (found for document in READ for found in blocks(document) if not is_left_out(found)):
            try:
                await reader.read(found)
            except (AssertionError, KeyError) as error:
                raise AssertionError(f"{found}: {error}") from error


def test_no_block_is_read_by_nobody() -> None:
    documents = {str(document.relative_to(ROOT)) for document in DOCUMENTS}
    found = [found for document in documents - set(READ) for found in blocks(document)]
    assert [str(unread) for unread in found if not is_left_out(unread)] == []


def test_every_fence_makes_a_block() -> None:
    for document in DOCUMENTS:
        assert document.read_text().count("```") == 2 * len(blocks(str(document.relative_to(ROOT)))), document


def test_every_file_that_a_block_makes_is_used_by_another() -> None:
    found = [found for document in DOCUMENTS for found in blocks(str(document.relative_to(ROOT)))]
    for maker in (maker for maker in found if maker.file_name):
        assert any(str(maker.file_name) in user.text for user in found if user is not maker), maker


@pytest.mark.parametrize(
    ("document", "first_line", "test"),
    [(document, line, test) for document, lines in ELSEWHERE.items() for line, test in lines.items()],
)
def test_what_another_test_runs_is_there_and_so_is_the_test(document: str, first_line: str, test: str) -> None:
    assert block(document, first_line)
    assert document in (ROOT / test).read_text()


def test_what_is_not_run_is_there() -> None:
    assert all(block(document, first_line) for document, lines in NOT_HERE.items() for first_line in lines)
