"""GitHub, which speaks OAuth and no OpenID Connect: who it was is asked for with the token."""

from collections.abc import Mapping
from urllib.parse import urlencode

from outside import Client
from providers import answers
from providers.bounded import Bounded
from providers.provider import Attempt, NotBelieved, Person, text
from settings import ProviderSetting

AUTHORIZE = "https://github.com/login/oauth/authorize"
TOKEN = "https://github.com/login/oauth/access_token"  # noqa: S105
USER = "https://api.github.com/user"
EMAILS = "https://api.github.com/user/emails"
LONGEST = 254
LONGEST_TOKEN = 4096
NUMBERS = range(1, 2**63)


class GitHub:
    """Knows its accounts by number: their names change hands."""

    posts = False

    def __init__(self, setting: ProviderSetting, client: Client) -> None:
        self.id, self.name = setting.id, setting.name
        self._setting = setting
        self._client = Bounded(client)

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes."""
        asked = {
            "client_id": self._setting.client_id,
            "redirect_uri": attempt.callback,
            "scope": " ".join(self._setting.scopes),
            "state": attempt.state,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{AUTHORIZE}?{urlencode(asked)}"

    @answers.in_time
    async def person(self, attempt: Attempt, came_back: Mapping[str, str]) -> Person:
        """Who it was, by what the browser came back with. Raises NoAnswer, NotBelieved."""
        form = {
            "client_id": self._setting.client_id,
            "client_secret": self._setting.client_secret.get_secret_value(),
            "code": came_back.get("code", ""),
            "redirect_uri": attempt.callback,
            "code_verifier": attempt.verifier,
        }
        token = text((await answers.post(self._client, TOKEN, form)).get("access_token"), LONGEST_TOKEN)
        if token is None or not token.isascii():
            raise NotBelieved("no access token")
        bearer = f"Bearer {token}"
        user = answers.an_object(await answers.get(self._client, USER, Authorization=bearer))
        number = user.get("id")
        if not isinstance(number, int) or isinstance(number, bool) or number not in NUMBERS:
            raise NotBelieved("no number of an account")
        email = _primary(await answers.get(self._client, EMAILS, Authorization=bearer))
        return Person(
            issuer=self._setting.issuer,
            subject=str(number),
            email=email,
            vouched=email is not None,
            name=text(user.get("name"), LONGEST),
            label=text(user.get("login"), LONGEST),
        )


def _primary(said: object) -> str | None:
    """The address that they have chosen and confirmed there, if any."""
    known = [entry for entry in said if isinstance(entry, dict)] if isinstance(said, list) else []
    primary = [entry.get("email") for entry in known if entry.get("primary") is True and entry.get("verified") is True]
    return text(primary[0], LONGEST) if primary else None
