"""Values written as plain text (JSON), and read back as the same types with the same bits.

Reading calls nothing: no function, no constructor, no code of a class. It makes numbers, texts, containers,
arrays of numbers, and members and values of siting's own enums and dataclasses, whose fields are filled in.
"""

from __future__ import annotations

import json
import math
import re
import struct
import sys
from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_PACKAGE: Final = f"{__package__}."
_NUMBERS: Final = re.compile(r"[<>|][biufc][0-9]{1,2}")
"""Element types of arrays: without objects, and without parts."""
_CONTAINERS: Final[dict[str, Callable[[Any], Any]]] = {
    each.__name__: each for each in (tuple, list, set, frozenset)
}
_TEXT: Final = "utf-8", "surrogatepass"  # a text may hold half a sign


def write_plain(value: object) -> bytes:
    """Write a value.

    Raises
    ------
    TypeError
        If some part of it is nothing that could be read back as it was.
    """
    text = json.dumps(_tagged(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(*_TEXT)


def read_plain(content: bytes) -> Any:
    """Read a value back; what `write_plain` did not write may end in any kind of `Exception`."""
    return _value(json.loads(content.decode(*_TEXT), parse_constant=_refuse))


def _tagged(value: Any) -> Any:
    """Give what JSON has as it is, and anything else as a list that begins with its kind."""
    kind = type(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is float:  # not a number: all its bits
        return ["float", struct.pack("<d", value).hex()]
    if kind.__name__ in _CONTAINERS and kind is _CONTAINERS[kind.__name__]:
        return [kind.__name__, *map(_tagged, value)]
    if kind is dict:
        return ["dict", *map(_tagged, chain.from_iterable(value.items()))]
    return _tagged_by_class(kind, value)


def _tagged_by_class(kind: type, value: Any) -> list[Any]:
    if kind is np.ndarray or issubclass(kind, np.generic):
        return _tagged_numbers(value)
    if issubclass(kind, Enum) and _is_ours(kind) and value.name in kind.__members__:
        return ["enum", kind.__module__, kind.__name__, value.name]
    if _is_record(kind):
        return ["data", kind.__module__, kind.__name__, *map(_tagged, _fields_of(value))]
    message = f"{kind.__module__}.{kind.__qualname__} is not among what may be read back"
    raise TypeError(message)


def _tagged_numbers(value: Any) -> list[Any]:
    """Give an array, or one number of numpy's (an array of no dimension), by its bytes."""
    kind, dtype = type(value).__name__ if isinstance(value, np.ndarray) else "number", value.dtype.str
    if not _NUMBERS.fullmatch(dtype):
        message = f"an array of {value.dtype} is not among what may be read back"
        raise TypeError(message)
    is_by_column = value.flags.f_contiguous and not value.flags.c_contiguous
    order = "F" if is_by_column else "C"
    return [kind, dtype, order, list(value.shape), b64encode(value.tobytes(order)).decode("ascii")]


def _fields_of(value: Any) -> list[Any]:
    """Give the values of a dataclass's fields; it must hold nothing else, but for what follows from them."""
    names = [each.name for each in fields(value)]
    for name in set(getattr(value, "__dict__", ())) - set(names):
        if not isinstance(getattr(type(value), name, None), cached_property):
            message = f"{type(value).__name__}.{name} is no field, and would not be read back"
            raise TypeError(message)
    return [getattr(value, name) for name in names]


def _value(tagged: Any) -> Any:
    if isinstance(tagged, dict):
        _refuse("an object of JSON")
    if not isinstance(tagged, list):
        return tagged
    kind, *rest = tagged
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](map(_value, rest))
    return _READERS[kind](*rest)


def _float(bits: str) -> float:
    (number,) = struct.unpack("<d", bytes.fromhex(bits))
    return float(number)


def _dict(*keys_and_values: Any) -> dict[Any, Any]:
    values = map(_value, keys_and_values)
    return dict(zip(values, values, strict=True))


def _array(dtype: str, order: Any, shape: list[int], content: str) -> NDArray[Any]:
    found = bytearray(b64decode(content, validate=True))  # may be written in, as any array
    if not _NUMBERS.fullmatch(dtype) or (dtype[1] == "b" and max(found, default=0) > 1):
        _refuse(f"an array of {dtype}")
    if min(shape, default=0) < 0 or math.prod(shape) * np.dtype(dtype).itemsize != len(found):
        _refuse(f"an array of {len(found)} bytes and shape {shape}")
    return np.ndarray(tuple(shape), np.dtype(dtype), found, order=order)


def _number(dtype: str, order: Any, shape: list[int], content: str) -> Any:
    return _array(dtype, order, shape, content)[()]


def _enum(module: str, name: str, member: str) -> Any:
    kind = _class_called(module, name)
    if not issubclass(kind, Enum):
        _refuse(name)
    return kind.__members__[member]


def _data(module: str, name: str, *values: Any) -> Any:
    kind = _class_called(module, name)
    if not _is_record(kind):
        _refuse(name)
    made = object.__new__(kind)
    for each, value in zip(fields(kind), values, strict=True):
        object.__setattr__(made, each.name, _value(value))
    return made


_READERS: Final[dict[str, Callable[..., Any]]] = {
    "float": _float,
    "dict": _dict,
    "ndarray": _array,
    "number": _number,
    "enum": _enum,
    "data": _data,
}


def _is_record(kind: type) -> bool:
    """Whether it is a dataclass of ours whose values are their fields and nothing else."""
    return _is_ours(kind) and is_dataclass(kind) and kind.__new__ is object.__new__


def _is_ours(kind: type) -> bool:
    """Whether a class stands, by its own name, in a module of siting that is loaded."""
    module = sys.modules.get(kind.__module__) if kind.__module__.startswith(_PACKAGE) else None
    return module is not None and vars(module).get(kind.__qualname__) is kind


def _class_called(module: str, name: str) -> Any:
    """Find a class of siting; only where it was made, and nothing is loaded for it."""
    found = vars(sys.modules[module]).get(name) if module.startswith(_PACKAGE) else None
    if not isinstance(found, type) or found.__module__ != module or not _is_ours(found):
        _refuse(f"{module}.{name}")
    return found


def _refuse(what: str) -> NoReturn:
    message = f"{what} is not among what may be read back"
    raise ValueError(message)
