"""The pages, one module a subject.  Each names its blueprint ``pages``; the application finds the modules by itself."""

import pkgutil
from importlib import import_module

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """The pages of all modules, in the order of the modules' names."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").pages for name in names]
