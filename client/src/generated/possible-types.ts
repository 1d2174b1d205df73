// Made by scripts/generate.mjs from the schema.graphql of SHA-256
// 338cb8407da4c08127637cb5773155c9956b803bc88f65f60d4fe48c46ac9e1c

/** Which types an interface or a union stands for, as Apollo's cache wants to know. */
export const possibleTypes: Record<string, string[]> = {
  "Problem": [
    "AccountDisabled",
    "EmailNotConfirmed",
    "ExpiredToken",
    "IdentityNotLinked",
    "IdentityTaken",
    "InvalidCredentials",
    "InvalidInput",
    "InvalidProof",
    "InvalidToken",
    "NotAllowed",
    "NotFound",
    "SecondFactorNeeded",
    "StepUpNeeded",
    "TooManyAttempts",
    "UnknownPasskey"
  ],
  "AddPasskeyResult": [
    "PasskeyAdded",
    "InvalidInput",
    "InvalidProof",
    "InvalidToken",
    "ExpiredToken",
    "StepUpNeeded"
  ],
  "ChangeAccountResult": [
    "AccountChanged",
    "NotFound",
    "NotAllowed",
    "InvalidInput",
    "StepUpNeeded"
  ],
  "ChangePasswordResult": [
    "PasswordChanged",
    "InvalidInput",
    "InvalidCredentials",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "CompleteLoginResult": [
    "LoggedIn",
    "InvalidProof",
    "InvalidToken",
    "ExpiredToken",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "ConfirmEmailChangeResult": [
    "EmailChanged",
    "InvalidToken",
    "ExpiredToken",
    "TooManyAttempts"
  ],
  "ConfirmEmailResult": [
    "EmailConfirmed",
    "InvalidToken",
    "ExpiredToken",
    "TooManyAttempts"
  ],
  "ConfirmTotpResult": [
    "TotpConfirmed",
    "InvalidProof",
    "ExpiredToken",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "CreateRecoveryCodesResult": [
    "RecoveryCodesCreated",
    "NotFound",
    "StepUpNeeded"
  ],
  "CreateWebhookResult": [
    "WebhookCreated",
    "InvalidInput",
    "StepUpNeeded"
  ],
  "DeleteAccountResult": [
    "AccountDeleted",
    "InvalidCredentials",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "DeleteRoleResult": [
    "RoleDeleted",
    "NotFound",
    "NotAllowed",
    "StepUpNeeded"
  ],
  "DeleteWebhookResult": [
    "WebhookDeleted",
    "NotFound",
    "StepUpNeeded"
  ],
  "ExchangeCodeResult": [
    "LoggedIn",
    "SecondFactorNeeded",
    "IdentityNotLinked",
    "EmailNotConfirmed",
    "InvalidToken",
    "ExpiredToken",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "FinishLinkingResult": [
    "IdentityLinked",
    "IdentityTaken",
    "InvalidToken",
    "ExpiredToken",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "LinkIdentityResult": [
    "IdentityLinked",
    "IdentityTaken",
    "InvalidToken",
    "ExpiredToken",
    "StepUpNeeded"
  ],
  "LoginResult": [
    "LoggedIn",
    "SecondFactorNeeded",
    "InvalidCredentials",
    "EmailNotConfirmed",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "LoginWithCodeResult": [
    "LoggedIn",
    "SecondFactorNeeded",
    "InvalidProof",
    "ExpiredToken",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "LoginWithIdTokenResult": [
    "LoggedIn",
    "SecondFactorNeeded",
    "IdentityNotLinked",
    "EmailNotConfirmed",
    "InvalidToken",
    "ExpiredToken",
    "NotFound",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "LoginWithPasskeyResult": [
    "LoggedIn",
    "UnknownPasskey",
    "InvalidProof",
    "InvalidToken",
    "ExpiredToken",
    "AccountDisabled",
    "TooManyAttempts"
  ],
  "RefreshResult": [
    "Refreshed",
    "InvalidToken",
    "ExpiredToken"
  ],
  "RegisterResult": [
    "Registered",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "RemovePasskeyResult": [
    "PasskeyRemoved",
    "NotFound",
    "StepUpNeeded"
  ],
  "RemoveTotpResult": [
    "TotpRemoved",
    "NotFound",
    "StepUpNeeded"
  ],
  "RenamePasskeyResult": [
    "PasskeyRenamed",
    "InvalidInput",
    "NotFound"
  ],
  "RequestEmailChangeResult": [
    "EmailChangeRequested",
    "InvalidInput",
    "InvalidCredentials",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "RequestLoginCodeResult": [
    "LoginCodeSent",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "RequestPasswordResetResult": [
    "PasswordResetSent",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "ResendConfirmationResult": [
    "ConfirmationSent",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "ResetPasswordResult": [
    "PasswordReset",
    "InvalidInput",
    "InvalidToken",
    "ExpiredToken",
    "TooManyAttempts"
  ],
  "RetryLetterResult": [
    "LetterRetried",
    "NotFound"
  ],
  "RetryWebhookDeliveryResult": [
    "WebhookDeliveryQueued",
    "NotFound",
    "TooManyAttempts"
  ],
  "RevokeSessionResult": [
    "SessionRevoked",
    "NotFound"
  ],
  "RotateWebhookSecretResult": [
    "WebhookSecretRotated",
    "NotFound",
    "StepUpNeeded"
  ],
  "SendPasswordResetResult": [
    "PasswordResetRequested",
    "NotFound",
    "NotAllowed",
    "StepUpNeeded"
  ],
  "SetPasswordResult": [
    "PasswordChanged",
    "InvalidInput",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "StartIdTokenLoginResult": [
    "IdTokenLoginStarted",
    "NotFound",
    "TooManyAttempts"
  ],
  "StartLinkingResult": [
    "LinkingStarted",
    "InvalidInput",
    "NotFound",
    "StepUpNeeded",
    "TooManyAttempts"
  ],
  "StartPasskeyLoginResult": [
    "PasskeyLoginStarted",
    "TooManyAttempts"
  ],
  "StartPasskeyRegistrationResult": [
    "PasskeyRegistrationStarted",
    "InvalidInput",
    "StepUpNeeded"
  ],
  "StartStepUpResult": [
    "StepUpStarted",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "StartTotpResult": [
    "TotpStarted",
    "StepUpNeeded"
  ],
  "StepUpResult": [
    "SteppedUp",
    "InvalidCredentials",
    "InvalidProof",
    "InvalidToken",
    "ExpiredToken",
    "TooManyAttempts"
  ],
  "TestWebhookResult": [
    "WebhookDeliveryQueued",
    "NotFound",
    "TooManyAttempts"
  ],
  "UndoEmailChangeResult": [
    "EmailChangeUndone",
    "InvalidToken",
    "ExpiredToken",
    "TooManyAttempts"
  ],
  "UnlinkIdentityResult": [
    "IdentityUnlinked",
    "NotFound",
    "StepUpNeeded"
  ],
  "UpdateProfileResult": [
    "ProfileUpdated",
    "InvalidInput"
  ],
  "UpdateWebhookResult": [
    "WebhookUpdated",
    "InvalidInput",
    "NotFound",
    "StepUpNeeded"
  ],
  "WriteRoleResult": [
    "RoleWritten",
    "InvalidInput",
    "NotAllowed",
    "StepUpNeeded"
  ]
};
