"""The code of functions that are loaded already, put in place of what they had."""

import gc
from collections import defaultdict
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType

Key = tuple[object, ...]
Functions = dict[Key, list[FunctionType]]


class NeedsLoading(Exception):  # noqa: N818 - no error: it is done otherwise
    """What is changed is run when its module is loaded: swapping its functions' code does not show it."""


def loaded(folder: Path) -> Functions:
    """The functions that come from a folder's files."""
    found: Functions = defaultdict(list)
    gc.unfreeze()  # or the garbage collector would not tell of them
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and Path(function.__code__.co_filename).is_relative_to(folder):
            found[_key(function.__code__)].append(function)
    return found


def swap(functions: Functions, file: Path, source: str, changed: str) -> None:
    """Have the functions of a file do what they would, had the file been loaded with another source.

    Raises NeedsLoading, when some may have been swapped and others not.
    """
    before, after = (compile(text, str(file), "exec", dont_inherit=True) for text in (source, changed))
    for old, new in _different(before, after):
        _swap(functions, old, new)


def _different(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    """The outermost functions that are not the same."""
    if old.co_flags & CO_OPTIMIZED:
        return [] if _same(old, new) else [(old, new)]
    if _own(old) != _own(new) or len(_inside(old)) != len(_inside(new)):
        raise NeedsLoading
    return [pair for one, other in zip(_inside(old), _inside(new), strict=True) for pair in _different(one, other)]


def _swap(functions: Functions, old: CodeType, new: CodeType) -> None:
    if _key(old) not in functions:
        raise NeedsLoading
    _put(functions, old, new)
    inside, instead = _inside(old), _inside(new)
    if len(inside) == len(instead):  # some may have been made by calling this one
        for one, other in zip(inside, instead, strict=True):
            if not _same(one, other):
                _put(functions, one, other)


def _put(functions: Functions, old: CodeType, new: CodeType) -> None:
    for function in functions.get(_key(old), []):
        try:
            function.__code__ = new
        except ValueError:  # it needs other variables from outside
            raise NeedsLoading from None


def _same(old: CodeType, new: CodeType) -> bool:
    """Whatever the lines: those after a change may have moved."""
    inside, instead = _inside(old), _inside(new)
    alike = _own(old) == _own(new) and len(inside) == len(instead)
    return alike and all(_same(one, other) for one, other in zip(inside, instead, strict=True))


def _inside(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _own(code: CodeType) -> Key:
    constants = tuple(repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType))
    names = (code.co_qualname, code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
    return (*names, code.co_code, constants, code.co_flags, code.co_exceptiontable)


def _key(code: CodeType) -> Key:
    return (code.co_filename, code.co_firstlineno, *_own(code))
