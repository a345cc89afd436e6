"""Expressions: what they may say, and that nothing else gets through."""

from __future__ import annotations

import pytest

from mlspec.domain.expression import ExpressionError, parse_expression


@pytest.mark.parametrize(
    ("text", "columns", "needed"),
    [
        ("end >= start", ("end", "start"), ("end", "start")),
        ("0 < a < b + 1", ("a", "b"), ("a", "b")),
        ("`alcohol content` < 20 and name != '`x`'", ("alcohol content", "name"), ("alcohol content", "name")),
        ("missing(end) == missing(start)", ("end", "start"), ()),
        ("plan in ['a', 'b'] or not missing(price)", ("plan", "price"), ("plan",)),
    ],
)
def test_columns_are_known(text: str, columns: tuple[str, ...], needed: tuple[str, ...]) -> None:
    found = parse_expression(text)
    assert (found.columns, found.needed) == (columns, needed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("end = start", "write `==`"),
        ("a >", "invalid syntax"),
        ("a & b", "write `and`"),
        ("a is None", "not allowed"),
        ("1 < 2", "names no column"),
        ("a.b > 1", "`a.b` is not allowed"),
        ("a[0] > 1", "`a[0]` is not allowed"),
        ("__import__('os').system('true')", "only these can be called"),
        ("open('x') == a", "there is no function `open`"),
        ("(lambda: a)()", "only these can be called"),
        ("[x for x in a]", "is not allowed"),
        ("(a := 1) > 0", "is not allowed"),
        ("f'{a}' == 'x'", "is not allowed"),
        ("a == None", "no value that a column can have"),
        ("a == 2j", "no value that a column can have"),
        ("a ** 9 ** 9 > 1", "write `*`"),
        ("round(a, ndigits=1) > 1", "only these can be called"),
        ("abs(a, b) > 1", "`abs` takes 1, not 2"),
        ("a in b", "behind `in` stands a list"),
        ("a in [b]", "a list holds numbers or texts only"),
        ("a == [1]", "a list can stand behind `in` only"),
        ("min(*a) > 1", "takes at least 2|is not allowed"),
        ("a > 1 # and so on\n, b", "invalid syntax|is not allowed|can stand behind"),
        ("a" * 2000, "longer than"),
        ("(" * 900 + "a" + ")" * 90, "can't be read|nested|never closed|too many"),
        ("\0a", "null|can't be read"),
    ],
)
def test_anything_else_is_refused(text: str, told: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert any(words in str(caught.value) for words in told.split("|"))
    assert "\n" not in str(caught.value)
