"""A plugin of mypy: a key that a TypedDict does not have is an error in `d.get(key)` and `key in d`, too."""

from collections.abc import Callable
from functools import partial

from mypy.checker import TypeChecker
from mypy.plugin import MethodContext, Plugin
from mypy.plugins.default import DefaultPlugin
from mypy.types import Instance, Type, TypedDictType, get_proper_type

Hook = Callable[[MethodContext], Type]


class TypedKeys(Plugin):
    def get_method_hook(self, fullname: str) -> Hook | None:
        if not fullname.endswith((".get", ".__contains__")):
            return None
        # mypy asks the first plugin that answers, and its own knows what get returns.
        return partial(_checked, DefaultPlugin(self.options).get_method_hook(fullname))


def _checked(usual: Hook | None, context: MethodContext) -> Type:
    form, key = get_proper_type(context.type), get_proper_type(context.arg_types[0][0])
    literal = key.last_known_value.value if isinstance(key, Instance) and key.last_known_value else None
    if isinstance(form, TypedDictType) and isinstance(literal, str) and literal not in form.items:
        assert isinstance(context.api, TypeChecker)
        # An error in `in` mypy takes for a sign that it has to iterate, and drops it, unless nobody listens.
        watchers = context.api.errors._watchers
        listening = watchers[:]
        watchers.clear()
        context.api.fail(f"TypedDict has no key {literal!r}; it has {', '.join(form.items)}", context.context)
        watchers.extend(listening)
    return usual(context) if usual else context.default_return_type


def plugin(version: str) -> type[Plugin]:
    return TypedKeys
