"""Read a pickle that holds only plain data, without running anything that it says.

A pickle is a small program: loading one with Python's own module can run any code. The caches of the CDISC engine need
none of that: they hold dictionaries, lists, sets, texts, numbers and None. So the program is read instruction by
instruction and only those that build such values are followed; the first other one is refused by its name.
"""

import pickletools
from collections.abc import Callable, Iterator
from typing import Any

from cdisckit.errors import CdisckitError

__all__ = ["decode_pickle"]

LIMIT = 5_000_000                           # values when written out; the engine's largest cache has one million
DEPTH = 100

EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_SET": set, "EMPTY_TUPLE": tuple}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
VALUES = {"INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2", "FLOAT", "BINFLOAT",
          "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
PUT, GET = {"PUT", "BINPUT", "LONG_BINPUT"}, {"GET", "BINGET", "LONG_BINGET"}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
ITEMS = {"APPEND": 1, "SETITEM": 2}         # that many from the top of the stack; the plural forms go back to the mark
TO_MARK = {"APPENDS": list, "SETITEMS": dict, "ADDITEMS": set}
NOTHING = {"PROTO", "FRAME"}
CALLS = {"GLOBAL", "INST", "STACK_GLOBAL"}


def decode_pickle(content: bytes, name: str) -> Any:
    """The plain data that a pickle holds. Anything else is refused with its name: a pickle that wants to import or
    call something, one that is damaged, and one that grows beyond all measure when it is written out.
    """
    try:
        value = _follow(pickletools.genops(content), name)
    except (IndexError, KeyError, TypeError, ValueError, EOFError) as error:
        raise CdisckitError(f"{name} is no whole pickle: {error}", fix="copy the file again from its source") from error
    _check_size(value, name)
    return value


def _follow(program: Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]], name: str) -> Any:
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    for instruction, argument, _ in program:
        step = instruction.name
        if step in VALUES:
            stack.append(argument)
        elif step == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif step in GET:
            stack.append(memo[argument])
        elif step in EMPTY:
            stack.append(EMPTY[step]())
        elif step == "MARK":
            marks.append(len(stack))
        elif step in ITEMS:
            at = len(stack) - ITEMS[step]
            _fill(step, stack, at)
        elif step in TO_MARK:
            _fill(step, stack, marks.pop())
        elif step in CONSTANTS:
            stack.append(CONSTANTS[step])
        elif step in TUPLES or step in ("TUPLE", "FROZENSET", "LIST", "DICT"):
            at = marks.pop() if step not in TUPLES else len(stack) - TUPLES[step]
            stack[at:] = [_made(step, stack[at:])]
        elif step in PUT:
            memo[argument] = stack[-1]
        elif step == "STOP":
            return stack[-1]
        elif step not in NOTHING:
            raise _refused(step, argument, stack, name)
    raise EOFError("it has no end")


def _fill(step: str, stack: list[Any], at: int) -> None:
    """Put what lies above `at` into the list, dictionary or set below it."""
    if at < 1:
        raise IndexError(f"{step} has nothing to fill")
    values, target = stack[at:], stack[at - 1]
    del stack[at:]
    kind = {"APPEND": list, "SETITEM": dict}.get(step) or TO_MARK[step]
    if type(target) is not kind:
        raise TypeError(f"{step} on a {type(target).__name__}")
    if kind is dict:
        target.update(zip(values[::2], values[1::2], strict=True))
    elif kind is set:
        target.update(values)
    else:
        target.extend(values)


def _made(step: str, values: list[Any]) -> Any:
    if step == "LIST":
        return values
    if step == "DICT":
        return dict(zip(values[::2], values[1::2], strict=True))
    return frozenset(values) if step == "FROZENSET" else tuple(values)


def _refused(step: str, argument: Any, stack: list[Any], name: str) -> CdisckitError:
    wanted = step
    if step in CALLS:
        parts = stack[-2:] if step == "STACK_GLOBAL" else str(argument).split(" ")
        wanted = ".".join(str(part) for part in parts)
    return CdisckitError(f"{name} holds more than plain data: it wants {wanted}, which is refused; nothing was run",
                         fix="use only caches that the CDISC rules engine wrote; do not load this file with anything")


def _check_size(value: Any, name: str) -> None:
    """Refuse what names itself or grows without measure when each of its references is written out."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while waiting:
        inner, depth = waiting.pop()
        seen += 1
        if seen > LIMIT or depth > DEPTH:
            raise CdisckitError(f"{name} holds more than {LIMIT:,} values or more than {DEPTH} levels when it is "
                                "written out: it is refused", fix="use only caches that the CDISC rules engine wrote")
        if isinstance(inner, dict):
            waiting.extend((part, depth + 1) for part in inner.values())
        elif isinstance(inner, list | tuple | set | frozenset):
            waiting.extend((part, depth + 1) for part in inner)
