"""What is on its way to webhooks, and trying them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

import models
from models import Permission
from resolvers import letters, webhooks
from schema.context import Info
from schema.letters import LetterState
from schema.permissions import may
from schema.problems import NotFound, TooManyAttempts, result

FROM_WEBHOOKS = "From `webhooks { id }`."


@strawberry.type(description="One event on its way to one address.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(
        description="The `webhook-id` of the request: the same each time that it is tried."
    )
    event: str = strawberry.field(description="Such as `user.confirmed`.")
    state: LetterState = strawberry.field(description="Where it is.")
    created_at: datetime = strawberry.field(description="When it was written (UTC).")
    due_at: datetime | None = strawberry.field(description="When it is tried next (UTC).")
    attempts: int = strawberry.field(description="How often it was tried.")
    last_status: int | None = strawberry.field(
        description="The status of the last answer; null where there was none. Nothing else of the answer is kept."
    )

    @classmethod
    def of(cls, row: models.WebhookDelivery) -> Self:
        """The delivery that a row holds."""
        return cls(
            id=strawberry.ID(str(row.id)),
            event=row.event,
            state=LetterState[letters.state_of(row).name],
            created_at=row.created_at,
            due_at=row.due_at,
            attempts=row.attempts,
            last_status=row.last_status,
        )


@strawberry.input(description="Which webhook.")
class WebhookIdInput:
    webhook_id: strawberry.ID = strawberry.field(description=FROM_WEBHOOKS)


@strawberry.type(description="An event `webhook.test` is on its way; or the one that was named, again.")
class WebhookDeliveryQueued:
    delivery: WebhookDelivery = strawberry.field(description="What is on its way.")


@strawberry.input(description="Which delivery to try again.")
class RetryWebhookDeliveryInput:
    delivery_id: strawberry.ID = strawberry.field(description="From `webhooks { deliveries { nodes { id } } }`.")


TestWebhookResult = Annotated[
    WebhookDeliveryQueued | NotFound | TooManyAttempts,
    result("TestWebhookResult"),
]
RetryWebhookDeliveryResult = Annotated[
    WebhookDeliveryQueued | NotFound | TooManyAttempts,
    result("RetryWebhookDeliveryResult"),
]


@strawberry.type
class WebhookDeliveryMutations:
    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Sends it an event to try it. Needs MANAGE_WEBHOOKS.",
    )
    async def test_webhook(self, info: Info, input: WebhookIdInput) -> TestWebhookResult:
        row = await webhooks.test(info.context.services, input.webhook_id)
        return WebhookDeliveryQueued(delivery=WebhookDelivery.of(row))

    @strawberry.mutation(
        permission_classes=[may(Permission.MANAGE_WEBHOOKS)],
        description="Tries a delivery again at once. NotFound also for one whose body is erased, a week after its end. "
        "Needs MANAGE_WEBHOOKS.",
    )
    async def retry_webhook_delivery(self, info: Info, input: RetryWebhookDeliveryInput) -> RetryWebhookDeliveryResult:
        row = await webhooks.retry(info.context.services, input.delivery_id)
        return WebhookDeliveryQueued(delivery=WebhookDelivery.of(row))
