"""The operations on sessions and accounts, as a frontend writes them."""

from typing import Any

from tests.support.postern import EMAIL, PASSWORD, Postern

MESSAGE = "... on Problem { message }"
STEP_UP = f"... on StepUpNeeded {{ methods }} {MESSAGE}"
WRONG = "... on InvalidInput { errors { field } }"

REFRESH = f"""mutation ($input: RefreshInput) {{ refresh(input: $input) {{ __typename
  ... on Refreshed {{ accessToken expiresAt refreshToken }} {MESSAGE} }} }}"""
LOGOUT = "mutation { logout { sessionId } }"
SESSIONS = """{ me { sessions {
  id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current } } }"""
REVOKE = f"""mutation ($input: RevokeSessionInput!) {{ revokeSession(input: $input) {{ __typename
  ... on SessionRevoked {{ sessionId }} {MESSAGE} }} }}"""
REVOKE_OTHERS = "mutation { revokeOtherSessions { count } }"
CHANGE_PASSWORD = f"""mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ __typename
  ... on PasswordChanged {{ sessionsRevoked }} {WRONG} {STEP_UP} }} }}"""
SET_PASSWORD = f"""mutation ($input: SetPasswordInput!) {{ setPassword(input: $input) {{ __typename
  ... on PasswordChanged {{ sessionsRevoked }} ... on InvalidInput {{ errors {{ field code }} }} {STEP_UP} }} }}"""
REQUEST_RESET = f"""mutation ($input: RequestPasswordResetInput!) {{ requestPasswordReset(input: $input) {{ __typename
  ... on PasswordResetSent {{ email }} {WRONG} {MESSAGE} }} }}"""
RESET = f"""mutation ($input: ResetPasswordInput!) {{ resetPassword(input: $input) {{ __typename
  ... on PasswordReset {{ email }} {WRONG} {MESSAGE} }} }}"""
REQUEST_CHANGE = f"""mutation ($input: RequestEmailChangeInput!) {{ requestEmailChange(input: $input) {{ __typename
  ... on EmailChangeRequested {{ newEmail }} {WRONG} {STEP_UP} }} }}"""
CONFIRM_CHANGE = f"""mutation ($input: ConfirmEmailChangeInput!) {{ confirmEmailChange(input: $input) {{ __typename
  ... on EmailChanged {{ email }} {MESSAGE} }} }}"""
UNDO_CHANGE = f"""mutation ($input: UndoEmailChangeInput!) {{ undoEmailChange(input: $input) {{ __typename
  ... on EmailChangeUndone {{ email }} {MESSAGE} }} }}"""
UPDATE_PROFILE = f"""mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ __typename
  ... on ProfileUpdated {{ user {{ name locale email }} }} {WRONG} {MESSAGE} }} }}"""
DELETE = f"""mutation ($input: DeleteAccountInput!) {{ deleteAccount(input: $input) {{ __typename
  ... on AccountDeleted {{ id }} {STEP_UP} }} }}"""
EXPORT = "{ me { exportMyData } }"

NEW_EMAIL = "ann@new.example.com"
NEW_PASSWORD = "a louder gate at dawn"


async def requested_reset(server: Postern, email: str = EMAIL) -> str:
    """The token in the letter that a request for a new password brings."""
    before = sum(letter["To"] == email for letter in server.post.letters)
    await server.do(REQUEST_RESET, email=email)
    return await server.letter_token(email, before + 1)


async def requested_change(
    server: Postern, login: dict[str, Any], new_email: str = NEW_EMAIL, password: str = PASSWORD
) -> tuple[str, str]:
    """The tokens in the two letters that a request for another address brings: to change, and to undo."""
    old_email = login["user"]["email"]
    notices = sum(letter["To"] == old_email for letter in server.post.letters)
    links = sum(letter["To"] == new_email for letter in server.post.letters)
    result = await server.do(REQUEST_CHANGE, login["accessToken"], newEmail=new_email, password=password)
    assert result == {"__typename": "EmailChangeRequested", "newEmail": new_email}
    return await server.letter_token(new_email, links + 1), await server.letter_token(old_email, notices + 1)


async def works(server: Postern, login: dict[str, Any]) -> bool:
    """Whether a login's access token is accepted."""
    body = await server.ask("{ me { id } }", token=login["accessToken"])
    return body["data"]["me"] is not None
