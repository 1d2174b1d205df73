"""Codes that emails bring."""

from typing import Annotated

from pydantic import AfterValidator, Field

from settings.addresses import page_address
from settings.part import Part


def _code_address(value: str) -> str:
    if "{code}" not in value:
        raise ValueError("should have {code} where the code belongs")
    page_address(value)
    return value


CodeAddress = Annotated[str, AfterValidator(_code_address)]


class CodeSettings(Part):
    """Signing in with a code that an email brings."""

    login_codes: bool = Field(False, description="people may log in with a code that is mailed to them")
    login_code_url: CodeAddress | None = Field(
        None,
        description="a frontend's page that their emails link to, {code} marking the place (default: /login-code)",
    )
