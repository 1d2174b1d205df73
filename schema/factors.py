"""Second factors: what an account has, and what proves one."""

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

import models
from resolvers import factors
from schema.inputs import sent
from schema.problems import Problem


@strawberry.enum(
    description="What a second factor can be. A mailed code is none: who reads the mail may have the first one by it."
)
class SecondFactorMethod(Enum):
    TOTP = strawberry.enum_value(models.LoginMethod.TOTP, description="A code from an authenticator app.")
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
    methods: list[SecondFactorMethod] = strawberry.field(description="What this account can prove itself with.")

    @classmethod
    def facts(cls, refusal: Any, locale: str) -> dict[str, Any]:  # noqa: ARG003
        """The ticket, and what has to come with it."""
        methods = [SecondFactorMethod(method) for method in refusal.methods]
        return {"ticket": refusal.ticket.token or None, "expires_at": refusal.ticket.expires_at, "methods": methods}


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

    def proof(self) -> factors.Proof:
        """The same for the resolvers."""
        return factors.Proof(sent(self.totp_code), sent(self.recovery_code))


@strawberry.type(description="What protects an account besides its first factor.")
class SecondFactors:
    required: bool = strawberry.field(description="Whether a login asks for one.")
    totp_since: datetime | None = strawberry.field(
        description="When the authenticator app was confirmed (UTC); null without one."
    )
    recovery_codes_left: int = strawberry.field(description="How many recovery codes are left.")
    remembered_devices: int = strawberry.field(description="How many devices do without.")

    @classmethod
    def of(cls, summary: factors.Summary) -> Self:
        """The same in GraphQL."""
        return cls(
            required=summary.required,
            totp_since=summary.totp_since,
            recovery_codes_left=summary.recovery_codes_left,
            remembered_devices=summary.remembered_devices,
        )
