"""How often somebody may try."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.processes import ProcessSettings

# As the library `limits` reads them, which is not asked: importing it takes longer than all of these settings.
NUMBER = r"0*[1-9][0-9]*"
LIMIT = re.compile(
    rf"\s*{NUMBER}\s*(/|per)\s*({NUMBER})?\s*(second|minute|hour|day|month|year)s?\s*", re.ASCII | re.IGNORECASE
)


def _limit(value: str) -> str:
    if not LIMIT.fullmatch(value):
        raise ValueError("should be one limit such as 5 per 5 minutes, its numbers at least 1")
    return value


Limit = Annotated[str, AfterValidator(_limit)]


class ThrottleSettings(ProcessSettings):
    """The limits of attempts, which processes count together."""

    login_limit_per_account: Limit = Field("5 per 5 minutes", description="failed logins to one account")
    login_limit_per_device: Limit = Field(
        "5 per 5 minutes",
        description="failed logins of a device that the account knows; wrong passwords where a session is asked again",
    )
    second_factor_limit: Limit = Field(
        "5 per 5 minutes", description="wrong codes of an account, of all its second factors together"
    )
    login_limit_per_address: Limit = Field("10 per minute", description="logins from one address (IPv6: a /64)")
    leaving_limit_per_address: Limit = Field(
        "30 per minute", description="browsers sent to another service from one address"
    )
    login_code_limit: Limit = Field(
        "10 per hour",
        description="codes by mail for one account; as many for a device that it knows, and for a session asked again",
    )
    mail_limit_per_address: Limit = Field("20 per hour", description="requests for emails from one address")
    mail_limit_per_recipient: Limit = Field(
        "1 per minute",
        description="emails of a kind that strangers can ask for, to one recipient; more wait, or go unsent if alike",
    )
    link_limit_per_address: Limit = Field("30 per minute", description="links used from one address")
