"""What core can do for a model: plain functions, described to it from their own signatures."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from core.errors import Malformed
from core.models.port import Spec
from core.work import Result, Work

Tool = Callable[..., Awaitable[Result]]


class Toolbox:
    """The tools of this Todd. To add one: write the function, name it in the list. `own` are code's
    alone, for what people press and confirm: no model sees or calls them."""

    def __init__(self, tools: Sequence[Tool], own: Sequence[Tool] = ()) -> None:
        offered = {tool.__name__: tool for tool in tools}
        self._own = frozenset(tool.__name__ for tool in own)
        self._tools = {**offered, **{tool.__name__: tool for tool in own}}
        self._arguments = {name: _arguments(tool) for name, tool in self._tools.items()}
        self.specs = tuple(
            Spec(name, inspect.cleandoc(tool.__doc__ or ""), _schema(self._arguments[name]))
            for name, tool in offered.items()
        )

    def read(self, name: str, arguments: str, *, by_code: bool = False) -> dict[str, Any]:
        """The arguments of a call, checked; raises Malformed with what to try instead."""
        if name not in self._tools or (name in self._own and not by_code):
            offered = sorted(self._tools.keys() - self._own)
            raise Malformed(f"There is no tool {name!r}. The tools are: {', '.join(offered)}.")
        try:
            checked = self._arguments[name].model_validate_json(arguments or "{}")
        except ValidationError as error:
            raise Malformed(f"The arguments of {name} do not fit: {_say(error)}.") from error
        # Once more as JSON: an escaped NUL becomes one only when it is read.
        if "\\u0000" in arguments:
            raise Malformed(f"The arguments of {name} have a NUL character in them.")
        return {field: getattr(checked, field) for field in type(checked).model_fields}

    async def use(self, work: Work, name: str, arguments: dict[str, Any]) -> Result:
        return await self._tools[name](work, **arguments)


def _arguments(tool: Tool) -> type[BaseModel]:
    """The tool's arguments as a model, read from its signature; its first parameter is the Work."""
    hints = get_type_hints(tool, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(tool).parameters.values())[1:]:
        default = ... if parameter.default is parameter.empty else parameter.default
        hint = hints[parameter.name]
        if get_origin(hint) is Annotated:
            kind, *notes = get_args(hint)
            for note in notes:
                # Words are what the model reads of an argument; anything else is pydantic's.
                kind = Annotated[kind, Field(description=note) if isinstance(note, str) else note]
            fields[parameter.name] = (kind, default)
        else:
            fields[parameter.name] = (hint, default)
    return create_model(tool.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema, without what only costs tokens: titles, defaults, indirection."""
    schema = arguments.model_json_schema()
    shared = schema.pop("$defs", {})
    tidied: dict[str, Any] = _tidy(schema, shared)
    return tidied


def _tidy(node: Any, shared: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_tidy(item, shared) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _tidy(shared[node["$ref"].rsplit("/", 1)[-1]], shared)
    dropped = {"default", "additionalProperties"}
    tidied = {}
    for key, value in node.items():
        if key in dropped or (key == "title" and isinstance(value, str)):
            continue
        if key == "properties":
            tidied[key] = {name: _tidy(inner, shared) for name, inner in value.items()}
        else:
            tidied[key] = _tidy(value, shared)
    return tidied


def _say(error: ValidationError) -> str:
    said = []
    for fault in error.errors(include_url=False, include_input=False)[:3]:
        where = ".".join(str(part) for part in fault["loc"]) or "they"
        said.append(f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return "; ".join(said)
