"""Shapes: what JSON texts have in common but for their values, and the values alone, in the order of the shape.

1. The shape of an object is its keys in order with the shape of each field; of a list of objects of one shape, that
   shape; of anything else, nothing.
2. The values of an object are a list of those of its fields; of such a list, a list of those of its objects.

A shape and values give the JSON back: `filled(shape_of(value), values_of(value, shape)) == value`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_DEEPEST = 30
"""Levels below which a value is taken as a whole."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What objects have in common.

    Attributes:
        keys: of an object, in order.
        fields: the shape of each field; None where it is a value.
        is_list: whether it is a list of such objects.
    """

    keys: tuple[str, ...]
    fields: tuple[Shape | None, ...]
    is_list: bool = False

    @property
    def size(self) -> int:
        """Characters of all the keys, said once."""
        return sum(len(key) + 3 for key in self.keys) + sum(field.size for field in self.fields if field is not None)


def shape_of(value: Any, depth: int = 0) -> Shape | None:
    """Return the shape of a JSON value, or None where it has none.

    Example:
        >>> shape_of({"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}).keys
        ('id', 'items')
    """
    if depth > _DEEPEST or not value:
        return None
    if isinstance(value, dict):
        return Shape(tuple(value), tuple([shape_of(item, depth + 1) for item in value.values()]))
    if isinstance(value, list) and isinstance(value[0], dict):
        shapes = [shape_of(item, depth + 1) for item in value]
        first = shapes[0]
        if first is not None and all(shape == first for shape in shapes):
            return Shape(first.keys, first.fields, is_list=True)
    return None


def values_of(value: Any, shape: Shape | None) -> Any:
    """Return the values of a JSON value of a shape.

    Example:
        >>> value = {"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}
        >>> values_of(value, shape_of(value))
        [1, [['a'], ['b']]]
    """
    if shape is None:
        return value
    if shape.is_list:
        return [_row(item, shape) for item in value]
    return _row(value, shape)


def _row(value: dict[str, Any], shape: Shape) -> list[Any]:
    return [values_of(item, field) for item, field in zip(value.values(), shape.fields, strict=True)]


def filled(values: Any, shape: Shape | None) -> Any:
    """Return the JSON value that has a shape and values.

    Example:
        >>> filled([1, [["a"], ["b"]]], shape_of({"id": 0, "items": [{"sku": ""}]}))
        {'id': 1, 'items': [{'sku': 'a'}, {'sku': 'b'}]}
    """
    if shape is None:
        return values
    if shape.is_list:
        return [_object(row, shape) for row in values]
    return _object(values, shape)


def _object(row: list[Any], shape: Shape) -> dict[str, Any]:
    return {key: filled(item, field) for key, item, field in zip(shape.keys, row, shape.fields, strict=True)}
