"""What is posted to a link: a form or a JSON object, in UTF-8 and nothing else."""

import json
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
UTF_8 = ("", "utf-8", "utf8")
MAX_FIELDS = 100  # ours have three

Fields = dict[str, str]


def media_type(request: Request) -> str:
    """FORM or JSON. Raises HTTPException (415) for any other, and for another charset: none is ever looked up."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(' \t"')
    if kind.strip() not in (FORM, JSON) or charset not in UTF_8:
        raise HTTPException(415)
    return kind.strip()


async def form_fields(request: Request) -> Fields:
    """The fields of a form. Raises HTTPException (400) where they are too many, or no UTF-8."""
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise HTTPException(400) from None


async def json_fields(request: Request) -> Fields:
    """The texts in a JSON object; none where the body is anything else."""
    body = await request.body()
    try:
        return {name: value for name, value in json.loads(body.decode()).items() if isinstance(value, str)}
    except (ValueError, RecursionError, AttributeError):
        return {}
