"""Webhooks, for those who look after them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

import models
from models import Permission
from resolvers import webhooks
from schema.context import Info
from schema.inputs import sent
from schema.pages import Connection, limits
from schema.permissions import may
from schema.problems import InvalidInput, NotFound, StepUpNeeded, result
from schema.webhook_deliveries import FROM_WEBHOOKS, WebhookDelivery, WebhookIdInput

SHOWN_ONCE = "It is not shown again."


@strawberry.type(
    description="An address that is told what happens, signed as Standard Webhooks has it. Bodies hold ids, and names "
    "of what happened: whoever receives them asks for the rest."
)
class Webhook:
    row: strawberry.Private[models.Webhook]
    id: strawberry.ID = strawberry.field(description="A UUID.")
    url: str = strawberry.field(description="Where to.")
    events: list[str] = strawberry.field(description="What it is told; empty for everything.")
    created_at: datetime = strawberry.field(description="When it was set up (UTC).")
    disabled_at: datetime | None = strawberry.field(
        description="Since when it is switched off (UTC): by hand, because nothing got through for five days, or "
        "because its server has answered 410."
    )

    @classmethod
    def of(cls, row: models.Webhook) -> Self:
        """The webhook that a row holds."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            url=row.url,
            events=row.events,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
        )

    @strawberry.field(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="What is on its way and what was, the newest first, a hundred at once.",
    )
    async def deliveries(self, first: int = 50, after: str | None = None) -> Connection[WebhookDelivery]:
        page = await webhooks.deliveries(self.row.id, *limits(first, after))
        return Connection[WebhookDelivery].of(page, WebhookDelivery.of, after)


@strawberry.input(description="An address to be told.")
class CreateWebhookInput:
    url: str = strawberry.field(
        description="`https`, a name that leads to public addresses only, and no user or password in it."
    )
    events: list[str] = strawberry.field(description="What to tell it; empty for everything.")


@strawberry.type(description="The address is told from now on.")
class WebhookCreated:
    webhook: Webhook = strawberry.field(description="What was set up.")
    secret: str = strawberry.field(description=f"`whsec_…`, to check signatures with. {SHOWN_ONCE}")


@strawberry.input(description="What to change; what is left out stays as it is.")
class UpdateWebhookInput:
    webhook_id: strawberry.ID = strawberry.field(description=FROM_WEBHOOKS)
    events: list[str] | None = strawberry.field(default=strawberry.UNSET, description="What to tell it.")
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET, description="False switches it off; true tries again what is still due."
    )


@strawberry.type(description="The webhook is written.")
class WebhookUpdated:
    webhook: Webhook = strawberry.field(description="As it is now.")


@strawberry.type(description="For a day both secrets sign, so that none is refused.")
class WebhookSecretRotated:
    secret: str = strawberry.field(description=f"`whsec_…`, the new one. {SHOWN_ONCE}")
    previous_until: datetime = strawberry.field(description="Until when the one before signs as well (UTC).")


@strawberry.type(description="It is told nothing any more.")
class WebhookDeleted:
    webhook_id: strawberry.ID = strawberry.field(description="What its id was.")


CreateWebhookResult = Annotated[
    WebhookCreated | InvalidInput | StepUpNeeded,
    result("CreateWebhookResult"),
]
UpdateWebhookResult = Annotated[
    WebhookUpdated | InvalidInput | NotFound | StepUpNeeded,
    result("UpdateWebhookResult"),
]
RotateWebhookSecretResult = Annotated[
    WebhookSecretRotated | NotFound | StepUpNeeded,
    result("RotateWebhookSecretResult"),
]
DeleteWebhookResult = Annotated[
    WebhookDeleted | NotFound | StepUpNeeded,
    result("DeleteWebhookResult"),
]


@strawberry.type
class WebhookQueries:
    @strawberry.field(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Addresses that are told what happens. Needs MANAGE_WEBHOOKS.",
    )
    async def webhooks(self) -> list[Webhook]:
        return list(map(Webhook.of, await webhooks.all_of_them()))


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Sets up a webhook. Needs MANAGE_WEBHOOKS and a step up.",
    )
    async def create_webhook(self, info: Info, input: CreateWebhookInput) -> CreateWebhookResult:
        row, secret = await webhooks.create(info.context.caller, info.context.services, input.url, input.events)
        return WebhookCreated(webhook=Webhook.of(row), secret=secret)

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Changes what it is told, or switches it. Needs MANAGE_WEBHOOKS and a step up.",
    )
    async def update_webhook(self, info: Info, input: UpdateWebhookInput) -> UpdateWebhookResult:
        wanted = webhooks.Wanted(sent(input.events), sent(input.enabled))
        row = await webhooks.update(info.context.caller, info.context.services, input.webhook_id, wanted)
        return WebhookUpdated(webhook=Webhook.of(row))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Makes a new secret for it. Needs MANAGE_WEBHOOKS and a step up.",
    )
    async def rotate_webhook_secret(self, info: Info, input: WebhookIdInput) -> RotateWebhookSecretResult:
        secret, until = await webhooks.rotate(info.context.caller, info.context.services, input.webhook_id)
        return WebhookSecretRotated(secret=secret, previous_until=until)

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Takes it away. Needs MANAGE_WEBHOOKS and a step up.",
    )
    async def delete_webhook(self, info: Info, input: WebhookIdInput) -> DeleteWebhookResult:
        await webhooks.delete(info.context.caller, info.context.services, input.webhook_id)
        return WebhookDeleted(webhook_id=input.webhook_id)
