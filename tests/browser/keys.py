"""Authenticators in Chromium, as its developer tools make them (https://chromedevtools.github.io/devtools-protocol/)."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page

BUILT_IN = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Authenticator:
    """One that answers at once, for the pages of one tab."""

    session: CDPSession
    id: str

    async def credentials(self) -> list[dict[str, Any]]:
        """What it keeps, private keys and all."""
        got = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(got["credentials"])

    async def put(self, credential: dict[str, Any]) -> None:
        """Has it keep this one, in place of any that has the same id."""
        named = {"authenticatorId": self.id, "credentialId": credential["credentialId"]}
        await self.session.send("WebAuthn.removeCredential", named)
        await self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


async def authenticator(page: Page, **options: Any) -> Authenticator:
    """A new one, built into the device of a page's reader."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN | options})
    return Authenticator(session, made["authenticatorId"])
