"""JSON by Pydantic's reader and writer: as Python's, whatever comes"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.serving.texts import decoded, encoded

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ODD = [b"", b"{", b"01", b"1.", b'"\xff"', b'"\x1f"', b'"a\nb"', b"NaN", b"-Infinity", b'[1,]', b"1" * 4301,
       b"[" * 5000, b'"\xed\xa0\x80"', b"[1]x", b"\x0c1"]  # fmt: skip


@given(VALUES, st.booleans())
def test_what_is_written_is_read_as_python_reads_it(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    if ascii_only or "\\ud" not in json.dumps(value):
        assert repr(decoded(text)) == repr(json.loads(text)) == repr(json.loads(encoded(value)))


@given(st.binary(max_size=8) | st.text('{}[]",:\\u019dEe+-. \ttrue', max_size=12).map(str.encode))
def test_so_is_what_is_none(text: bytes) -> None:
    def strict(name: str) -> None:
        raise ValueError(name)

    try:
        known = repr(json.loads(text.decode().removeprefix("\ufeff"), parse_constant=strict))
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - any of them is told alike
            decoded(text)
    else:
        assert repr(decoded(text)) == known


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        decoded(text)


@pytest.mark.parametrize("value", ["\ud800", {"halves": ["a\udfffb"]}, [[[]]] * 3, "\u2028é"])
def test_what_pydantic_does_not_know_is_left_to_python(value: Any) -> None:
    assert decoded(encoded(value)) == value


@pytest.mark.parametrize("depth", [100, 500, 900])
def test_what_is_nested_as_deeply_as_python_reads_is_read(depth: int) -> None:
    assert str(decoded(b"[" * depth + b"]" * depth)).count("[") == depth


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert decoded(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
