"""Strawberry and Tortoise in the twenty lines that come to mind first."""

import os
from datetime import UTC, datetime

import jwt
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from tables import Session
from tortoise.contrib.starlette import register_tortoise


@strawberry.type
class User:
    id: strawberry.ID
    email: str
    name: str | None
    locale: str


@strawberry.type
class Query:
    @strawberry.field
    async def me(self, info: strawberry.Info) -> User | None:
        token = info.context["request"].headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, os.environ["SECRET"], algorithms=["HS256"])
        session = await Session.get(id=claims["sid"], expires_at__gt=datetime.now(UTC)).select_related("user")
        return session.user


app = Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(Query)))])
register_tortoise(app, db_url=os.environ["DATABASE_URL"] + "?maxsize=10", modules={"models": ["tables"]})
