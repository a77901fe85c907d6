"""A Python literal in text from the Hub: numbers, text, lists and mappings, never an expression."""

import ast
from typing import Any

from bbconvert.convert.safety.limits import MAX_LITERAL_CHARACTERS


def parse_literal(text: str) -> ast.expr:
    """The syntax tree of a literal, or of a call such as `dict(a=1)`, which is not evaluated.

    Raises:
        ValueError: not Python, or too long: a long chain of operators can overflow the stack of CPython's parser.
    """
    if len(text) > MAX_LITERAL_CHARACTERS:
        raise ValueError(f"it has {len(text):,} characters, more than {MAX_LITERAL_CHARACTERS:,}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"it is not Python ({type(error).__name__})") from error


def literal_value(tree: ast.expr) -> Any:
    """The value of a literal's syntax tree.

    Raises:
        ValueError: it is not a literal.
    """
    try:
        return ast.literal_eval(tree)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, OverflowError) as error:
        raise ValueError(f"it is not a literal ({type(error).__name__})") from error
