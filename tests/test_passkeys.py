"""startPasskeyRegistration, addPasskey, renamePasskey, removePasskey, me.passkeys: an account's own passkeys"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models import Device, Letter, LoginTicket, Passkey, RecoveryCode, Session, Spent, User
from resolvers import passkeys
from security.authenticators import NAMES
from tests.support.account import DELETE, EXPORT, works
from tests.support.databases import once
from tests.support.factors import REMOVE, STEP_UP, ask, factors, first_step, set_up
from tests.support.given import MakeSettings
from tests.support.passkeys import (
    ADD,
    BE,
    BS,
    DEVICE_BOUND,
    PASSKEYS,
    REMOVE_PASSKEY,
    RENAME,
    START_REGISTRATION,
    SYNCED,
    UP,
    UV,
    SoftKey,
    add,
    begun_registration,
    challenge_of,
    log_in,
    text,
    with_passkey,
)
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.told import by, told

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50


async def everything() -> list[Any]:
    tables = (User, Session, Passkey, RecoveryCode, Device)
    return [await table.all().order_by("id").values() for table in tables]


async def listed(server: Postern, login: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await server.ask(PASSKEYS, token=login["accessToken"]))["data"]["me"]["passkeys"])


async def test_what_a_browser_is_asked_for_names_no_address_but_to_the_authenticator(postern: Postern) -> None:
    login = await postern.logged_in()
    known = await with_passkey(postern, login)
    before = await everything()
    started = await begun_registration(postern, login)
    options = started["options"]
    assert len(challenge_of(options)) == 64
    assert options["rp"] == {"id": "postern.test", "name": "Postern"}
    assert options["user"]["id"] == text(UUID(login["user"]["id"]).bytes)
    assert (options["user"]["name"], options["attestation"]) == (EMAIL, "none")
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [text(known.credential_id)]
    left = datetime.fromisoformat(started["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert await everything() == before


async def test_a_passkey_closes_the_other_sessions_is_told_by_mail_and_asks_nothing_of_a_password(
    postern: Postern,
) -> None:
    ben, login = await postern.joined(BEN), await postern.joined()
    phone = await postern.login()
    aaguid = next(iter(NAMES))
    added = await add(postern, login, SoftKey(), {"aaguid": aaguid.bytes})
    assert (added["__typename"], added["recoveryCodes"]) == ("PasskeyAdded", None)
    passkey = added["passkey"]
    kept = {"passkey_id": passkey["id"], "second_factor": False, "closed": 1}
    assert await told("passkey_added") == by(login) | kept
    assert (passkey["name"], passkey["backedUp"], passkey["discoverable"]) == (NAMES[aaguid], True, True)
    assert passkey["lastUsedAt"] is None
    assert await listed(postern, login) == [passkey]
    assert [await works(postern, one) for one in (login, phone, ben)] == [True, False, True]
    assert "passkey was added" in (await postern.post.letters_to(EMAIL, 2))[1]["Subject"]
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert not (await factors(postern, login))["required"]
    assert await listed(postern, ben) == []


async def test_as_a_second_factor_it_brings_recovery_codes_unless_there_are_some(postern: Postern) -> None:
    login = await postern.logged_in()
    first = await add(postern, login, SoftKey(), asSecondFactor=True)
    second = await add(postern, login, SoftKey(), asSecondFactor=True)
    assert (len(first["recoveryCodes"]), second["recoveryCodes"]) == (10, None)
    assert (await told("passkey_added"))["second_factor"]
    shown = await factors(postern, login)
    assert (shown["required"], shown["recoveryCodesLeft"], shown["totpSince"]) == (True, 10, None)
    assert (await first_step(postern))["__typename"] == "SecondFactorNeeded"


@once
async def test_it_has_the_name_that_it_was_given(postern: Postern) -> None:
    login = await postern.logged_in()
    persian, england = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f3f4\U000e0067\U000e0062\U000e007f"
    called = {"  My key ": "My key", None: "Passkey", "": "Passkey", "\u0065\u0301": "\u00e9"}
    for name, known_as in (called | {persian: persian, england: england}).items():
        added = await add(postern, login, SoftKey(), name=name)
        assert added["passkey"]["name"] == known_as


@once
async def test_a_name_that_is_none_or_cannot_be_seen_or_turns_others_round_adds_and_renames_nothing(
    postern: Postern,
) -> None:
    login = await postern.logged_in()
    passkey = (await add(postern, login, SoftKey()))["passkey"]
    before = await everything()
    blank = ["\u200b", "\u3164", "\u2060\ufeff", "\u0301", "\U000e0067"]
    for name in ("x" * 101, "\ud800", "a\x00b", "x" * 90_000, "a\u202eb", "\u2067a", *blank):
        for refused in (
            await add(postern, login, SoftKey(), name=name),
            await postern.do(RENAME, login["accessToken"], passkeyId=passkey["id"], name=name),
        ):
            assert (refused["__typename"], refused["errors"][0]["field"]) == ("InvalidInput", "name"), ascii(name[:9])
    assert await everything() == before


async def test_it_is_renamed_by_its_owner_alone(postern: Postern) -> None:
    ben, login = await postern.logged_in(BEN), await postern.logged_in()
    bens = (await add(postern, ben, SoftKey(), name="Ben's"))["passkey"]
    passkey = (await add(postern, login, SoftKey()))["passkey"]
    renamed = await postern.do(RENAME, login["accessToken"], passkeyId=passkey["id"], name=" Phone ")
    assert renamed["passkey"] == passkey | {"name": "Phone"}
    assert await told("passkey_renamed") == by(login) | {"passkey_id": passkey["id"]}
    empty = await postern.do(RENAME, login["accessToken"], passkeyId=passkey["id"], name=" ")
    assert empty["errors"] == [{"field": "name", "code": "REQUIRED"}]
    for other in (bens["id"], "x", "\ud800", str(UUID(int=0))):
        kind = (await postern.do(RENAME, login["accessToken"], passkeyId=other, name="Mine"))["__typename"]
        assert kind == "NotFound"
    assert [await listed(postern, one) for one in (login, ben)] == [[renamed["passkey"]], [bens]]


async def test_a_removed_one_opens_nothing_and_the_rest_are_named_for_the_device(postern: Postern) -> None:
    ben = await postern.joined(BEN)
    bens = await with_passkey(postern, ben, asSecondFactor=True)
    login = await postern.joined()
    gone, stays = [await with_passkey(postern, login, asSecondFactor=True) for _ in range(2)]
    other = await log_in(postern, stays)
    first, second = await listed(postern, login)

    async def remove(passkey_id: str) -> dict[str, Any]:
        return await postern.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=passkey_id)

    foreign = (await Passkey.get(user_id=ben["user"]["id"])).id
    for nothing in (str(foreign), "x", str(UUID(int=0))):
        assert (await remove(nothing))["__typename"] == "NotFound"
    assert await works(postern, other)
    assert (await remove(first["id"]))["acceptedCredentialIds"] == [text(stays.credential_id)]
    assert await told("passkey_removed") == by(login) | {"passkey_id": first["id"], "closed": 1}
    assert [await works(postern, one) for one in (login, other, ben)] == [True, False, True]
    assert "passkey was removed" in (await postern.post.letters_to(EMAIL, 4))[3]["Subject"]
    unknown = await log_in(postern, gone)
    assert (unknown["__typename"], unknown["rpId"]) == ("UnknownPasskey", "postern.test")
    assert (await factors(postern, login))["recoveryCodesLeft"] == 10
    assert (await remove(second["id"]))["acceptedCredentialIds"] == []
    assert (await factors(postern, login))["recoveryCodesLeft"] == 0, "without a second factor there are none"
    assert (await remove(second["id"]))["__typename"] == "NotFound"
    assert (await postern.login())["__typename"] == "LoggedIn"
    assert (await log_in(postern, bens))["user"]["email"] == BEN
    assert await RecoveryCode.all().count() == 10


async def test_an_app_that_is_removed_leaves_the_codes_where_a_passkey_is_a_second_factor_too(
    postern: Postern,
) -> None:
    login = await postern.logged_in()
    await set_up(postern, login)
    await with_passkey(postern, login, asSecondFactor=True)
    assert await ask(postern, REMOVE, login) == {"__typename": "TotpRemoved", "secondFactorLeft": True}
    assert (await factors(postern, login))["recoveryCodesLeft"] == 10


async def test_without_a_step_up_none_is_added_or_removed(postern: Postern) -> None:
    login = await postern.logged_in()
    started, key = await begun_registration(postern, login), SoftKey()
    passkey = (await add(postern, login, SoftKey()))["passkey"]
    await Session.all().update(stepped_up_at=None)
    before = await everything()
    credential = key.create(started["options"])
    inputs = {"ceremony": started["ceremony"], "credential": credential}
    answers = [
        await ask(postern, START_REGISTRATION, login),
        await postern.do(ADD, login["accessToken"], **inputs),
        await postern.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=passkey["id"]),
    ]
    assert [(answer["__typename"], answer["methods"]) for answer in answers] == [
        ("StepUpNeeded", ["PASSWORD", "PASSKEY"])
    ] * 3
    assert await everything() == before
    await postern.do(STEP_UP, login["accessToken"], proof={"password": PASSWORD})
    assert (await postern.do(ADD, login["accessToken"], **inputs))["__typename"] == "PasskeyAdded"


async def test_many_uses_of_one_registration_at_once_add_one(postern: Postern) -> None:
    login = await postern.logged_in()
    started = await begun_registration(postern, login)
    answers = await asyncio.gather(
        *(
            postern.do(
                ADD,
                login["accessToken"],
                ceremony=started["ceremony"],
                credential=SoftKey().create(started["options"]),
            )
            for _ in range(FIFTY)
        )
    )
    kinds = Counter(answer["__typename"] for answer in answers)
    assert kinds["PasskeyAdded"] == 1
    assert kinds.keys() <= {"PasskeyAdded", "InvalidToken", "StepUpNeeded"}, "the account has changed meanwhile"
    assert await Passkey.all().count() == 1
    assert await Letter.filter(kind="passkey_added").count() == 1


async def test_a_credential_belongs_to_one_account_of_all(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    key = await with_passkey(postern, ben)
    login = await postern.logged_in()
    before = await everything()
    taken = await add(postern, login, SoftKey(credential_id=key.credential_id))
    assert (taken["__typename"], taken["errors"]) == ("InvalidInput", [{"field": "credential", "code": "TAKEN"}])
    assert await everything() == before
    key.user_handle = text(UUID(ben["user"]["id"]).bytes)
    assert (await log_in(postern, key))["user"]["email"] == BEN


@once
async def test_an_account_has_twenty_at_the_most(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    assert passkeys.MOST_PASSKEYS == 20
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 2)
    login = await postern.logged_in()
    await add(postern, login, SoftKey())
    early = await begun_registration(postern, login)
    await add(postern, login, SoftKey())
    before = await everything()
    given = {"ceremony": early["ceremony"], "credential": SoftKey().create(early["options"])}
    for refused in (
        await ask(postern, START_REGISTRATION, login),
        await postern.do(ADD, login["accessToken"], **given),
    ):
        assert refused["errors"] == [{"field": "credential", "code": "INVALID"}]
    assert await everything() == before
    assert (await add(postern, await postern.logged_in(BEN), SoftKey()))["__typename"] == "PasskeyAdded"


def ed25519(point: bytes) -> dict[int, Any]:
    """As a public key of COSE (RFC 9053 §7.2)."""
    return {1: 1, 3: -8, -1: 6, -2: point}


FIELD = 2**255 - 19
OF_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL = [number.to_bytes(32, "little") for number in (0, 1, FIELD - 1, FIELD, FIELD + 1)] + [bytes.fromhex(OF_ORDER_8)]
ES384 = SoftKey().cose() | {3: -35}
LIES: dict[str, dict[str, Any]] = {
    "no user verification": {"flags": UP | BE | BS},
    "nobody present": {"flags": UV},
    "backed up though not eligible": {"flags": UP | UV | BS},
    "another origin": {"client": {"origin": "http://postern.test.evil.example"}},
    "a slash more": {"client": {"origin": "http://postern.test/"}},
    "a subdomain": {"client": {"origin": "http://www.postern.test"}},
    "another domain": {"rp_id": "evil.example"},
    "within a foreign frame": {"client": {"crossOrigin": True}},
    "beneath a foreign page": {"client": {"topOrigin": "https://evil.example"}},
    "another challenge": {"client": {"challenge": text(bytes(64))}},
    "a login": {"client": {"type": "webauthn.get"}},
    "an algorithm of another kind of key": {"cose": SoftKey().cose() | {3: -257}},
    "EdDSA of a point": {"cose": SoftKey().cose() | {3: -8}},
    "an algorithm that was not asked for": {"cose": ES384},
    "a key without a point": {"cose": {1: 2, 3: -7, -1: 1}},
    "a point beside the curve": {"cose": SoftKey().cose() | {-2: bytes(32)}},
    "a small RSA key": {"cose": {1: 3, 3: -257, -1: (2**1023 + 1).to_bytes(128, "big"), -2: b"\x01\x00\x01"}},
    **{f"a point of small order: {point.hex()}": {"cose": ed25519(point)} for point in SMALL},
    "no key": {"cose": {}},
    "a number in place of a key": {"cose": 4},
    "certificates": {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"x"]}}},
    "a statement of its maker": {"attestation": {"fmt": "tpm", "attStmt": {}}},
    "an attestation without data": {"attestation": {"authData": b""}},
    "a list in place of a format": {"attestation": {"fmt": []}},
    "another id than it has made": {"says": {"id": "AAAA", "rawId": "AAAA"}},
    "an id in two spellings": {"says": {"id": "AA"}},
}


@once
async def test_what_is_not_as_it_was_asked_for_adds_nothing(postern: Postern) -> None:
    login = await postern.logged_in()
    before = await everything()
    for name, lies in LIES.items():
        assert (await add(postern, login, SoftKey(), dict(lies)))["__typename"] == "InvalidProof", name
    assert (await everything(), await Spent.all().count()) == (before, 0)


@once
async def test_the_same_key_tells_the_truth(postern: Postern) -> None:
    """What is refused above is refused for the one lie that it tells."""
    login = await postern.logged_in()
    for flags in (SYNCED, DEVICE_BOUND, UP | UV | BE):
        assert (await add(postern, login, SoftKey(flags=flags)))["__typename"] == "PasskeyAdded"
    point = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert (await add(postern, login, SoftKey(), {"cose": ed25519(point)}))["__typename"] == "PasskeyAdded"
    packed = SoftKey()
    started = await begun_registration(postern, login)
    credential = packed.create(started["options"], client={"crossOrigin": None})
    added = await postern.do(ADD, login["accessToken"], ceremony=started["ceremony"], credential=credential)
    assert added["__typename"] == "PasskeyAdded"


@once
@pytest.mark.parametrize(("length", "kind"), [(1023, "PasskeyAdded"), (1024, "InvalidProof"), (5000, "InvalidProof")])
async def test_an_id_has_1023_bytes_at_the_most(postern: Postern, length: int, kind: str) -> None:
    key = SoftKey(credential_id=b"x" * length)
    assert (await add(postern, await postern.logged_in(), key))["__typename"] == kind
    if kind == "PasskeyAdded":
        assert (await log_in(postern, key))["__typename"] == "LoggedIn"


@once
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["usb", "x" * 5_000, "internal", "usb", {}, None, "\ud800"], ["usb", "internal"]),
        ({"usb": 1}, []),
        (None, []),
        ("usb", []),
    ],
)
async def test_of_transports_the_known_words_are_kept(postern: Postern, said: Any, kept: list[str]) -> None:
    login = await postern.logged_in()
    await with_passkey(postern, login, lies={"transports": said})
    assert (await Passkey.get()).transports == kept


@once
@pytest.mark.parametrize(
    "told", [None, [], {"credProps": 1}, {"credProps": {"rk": "no"}}, {"credProps": {"rk": False}}]
)
async def test_what_a_browser_says_of_itself_may_be_anything(postern: Postern, told: Any) -> None:
    login = await postern.logged_in()
    added = await add(postern, login, SoftKey(), {"says": {"clientExtensionResults": told}})
    assert added["passkey"]["discoverable"] is (told != {"credProps": {"rk": False}})


@once
async def test_a_registration_is_finished_by_its_own_session_for_its_own_purpose(postern: Postern) -> None:
    login = await postern.logged_in()
    other = await postern.login()
    started, key = await begun_registration(postern, login), SoftKey()
    before = await everything()
    credential = key.create(started["options"])
    login_ceremony = (await postern.do("mutation { startPasskeyLogin { ... on PasskeyLoginStarted { ceremony } } }"))[
        "ceremony"
    ]
    for token, ceremony in (
        (other["accessToken"], started["ceremony"]),
        (login["accessToken"], login_ceremony),
        (login["accessToken"], "x"),
        (login["accessToken"], "\ud800"),
        (login["accessToken"], login["refreshToken"]),
        (login["accessToken"], login["accessToken"]),
    ):
        refused = await postern.do(ADD, token, ceremony=ceremony, credential=credential)
        assert refused["__typename"] == "InvalidToken"
    assert await everything() == before


async def test_an_export_has_the_passkeys_without_their_keys_and_with_the_account_they_go(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    bens = await with_passkey(postern, ben)
    login = await postern.logged_in()
    key = await with_passkey(postern, login, name="Phone")
    (exported,) = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]["passkeys"]
    assert (exported["name"], exported["backed_up"], exported["rp_id"]) == ("Phone", True, "postern.test")
    assert text(cbor2.dumps(key.cose())) not in str(exported)
    assert not exported.keys() & {"public_key", "credential_id", "sign_count"}
    await postern.do(DELETE, login["accessToken"], password=PASSWORD)
    assert await Passkey.all().count() == 1
    assert (await log_in(postern, bens))["user"]["email"] == BEN


async def test_a_ticket_of_before_is_void_once_a_passkey_is_added_or_removed(postern: Postern) -> None:
    login = await postern.logged_in()
    await with_passkey(postern, login, asSecondFactor=True)
    for change in (add_one, remove_newest):
        await first_step(postern)
        await change(postern, login)
        ticket = await LoginTicket.all().order_by("-id").first().select_related("user")
        assert ticket
        assert ticket.user
        assert ticket.credentials_version == ticket.user.credentials_version - 1


async def add_one(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    return await add(server, login, SoftKey())


async def remove_newest(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    newest = (await listed(server, login))[-1]["id"]
    removed = await server.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=newest)
    assert removed["__typename"] == "PasskeyRemoved"
    return removed


@once
async def test_pages_of_listed_origins_may_ask_and_browsers_are_told_which(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    app, shop, android = "https://app.example.com", "https://shop.example", f"android:apk-key-hash:{'a' * 43}"
    settings = make_settings(
        database_url=database_url,
        smtp_url=post.url,
        passkey_rp_id="Example.com",
        passkey_origins=f"{app}, {shop},{android}",
    )
    async with running(settings, post) as server:
        login = await server.logged_in()
        for origin in (app, shop, android):
            key = await with_passkey(server, login, SoftKey(origin=origin))
            assert (await log_in(server, key))["__typename"] == "LoggedIn"
        refused = await add(server, login, SoftKey(origin="http://postern.test"))
        assert refused["__typename"] == "InvalidProof"
        related = await server.http.get("/.well-known/webauthn")
        assert related.json() == {"origins": [app, shop]}
        assert related.headers["Content-Type"] == "application/json"
        assert related.headers["Cache-Control"] == "public, max-age=300"


@once
async def test_without_others_no_origins_are_told(postern: Postern) -> None:
    assert (await postern.http.get("/.well-known/webauthn")).status_code == 404
