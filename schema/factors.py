"""Second factors: what an account has, and what proves one."""

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

import models
from resolvers import factors, proofs
from resolvers.belongings import Protection
from schema.inputs import sent
from schema.problems import Problem


@strawberry.enum(
    description="What a second factor can be. A mailed code is none: who reads the mail may have the first one by it."
)
class SecondFactorMethod(Enum):
    TOTP = strawberry.enum_value(models.LoginMethod.TOTP, description="A code from an authenticator app.")
    PASSKEY = strawberry.enum_value(models.LoginMethod.PASSKEY, description="A passkey or a security key.")
    RECOVERY_CODE = strawberry.enum_value(
        models.LoginMethod.RECOVERY_CODE, description="One of the codes that were shown once."
    )


@strawberry.type(
    description="The password or the mailed code was right, and the account has a second factor. No session is "
    "open yet: `completeLogin` opens it."
)
class SecondFactorNeeded(Problem, refusal=factors.SecondFactorNeeded):
    ticket: str | None = strawberry.field(
        description="Goes to `completeLogin`, once and within ten minutes, and is worth nothing anywhere else. Five "
        "wrong proofs use it up. Null in cookie mode (`X-Token-Transport: cookie`): there it is in a cookie that no "
        "script can read."
    )
    expires_at: datetime = strawberry.field(description="When the ticket stops being accepted (UTC).")
    methods: list[SecondFactorMethod] = strawberry.field(
        description="What this account can prove itself with: what it used last first, recovery codes at the end."
    )
    passkey_options: JSON | None = strawberry.field(
        description="For `navigator.credentials.get`, where PASSKEY is among the methods: "
        "`PublicKeyCredential.parseRequestOptionsFromJSON` reads it."
    )

    @classmethod
    def facts(cls, refusal: Any, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """The ticket, and what has to come with it."""
        ticket = refusal.ticket
        return {
            "ticket": ticket.token or None,
            "expires_at": ticket.expires_at,
            "methods": [SecondFactorMethod(method) for method in refusal.methods],
            "passkey_options": refusal.passkey_options,
        }


@strawberry.input(one_of=True, description="One proof, of one kind.")
class SecondFactorInput:
    totp_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The six digits that the authenticator app shows now; spaces do not matter.",
    )
    recovery_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A code that was shown once; it is used up. Capitals, spaces and hyphens do not matter.",
    )

    passkey: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="The answer of `navigator.credentials.get` to `passkeyOptions`, as its `toJSON` gives it.",
    )

    def proof(self) -> proofs.Proof:
        """The same for the resolvers."""
        return proofs.Proof(sent(self.totp_code), sent(self.recovery_code), sent(self.passkey))


@strawberry.type(description="What protects an account besides its first factor.")
class SecondFactors:
    required: bool = strawberry.field(description="Whether a login asks for one.")
    totp_since: datetime | None = strawberry.field(
        description="When the authenticator app was confirmed (UTC); null without one."
    )
    recovery_codes_left: int = strawberry.field(description="How many recovery codes are left.")
    remembered_devices: int = strawberry.field(description="How many devices do without.")

    @classmethod
    def of(cls, known: Protection) -> Self:
        """The same in GraphQL."""
        return cls(
            required=known.required,
            totp_since=known.totp_since,
            recovery_codes_left=known.recovery_codes_left,
            remembered_devices=known.remembered_devices,
        )


@strawberry.type(description="Something that can log in in place of the password, or after it.")
class Passkey:
    id: strawberry.ID = strawberry.field(description="A UUID.")
    name: str = strawberry.field(description="What its owner calls it.")
    created_at: datetime = strawberry.field(description="When it was added (UTC).")
    last_used_at: datetime | None = strawberry.field(description="When it was last used (UTC).")
    backed_up: bool = strawberry.field(
        description="Whether it is kept by more than one device: losing one does not lose it."
    )
    discoverable: bool = strawberry.field(description="Whether it can log in without an address being typed.")

    @classmethod
    def of(cls, row: models.Passkey) -> Self:
        """The passkey that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            backed_up=row.backed_up,
            discoverable=row.discoverable is not False,  # nearly all are, and few browsers do not say
        )
