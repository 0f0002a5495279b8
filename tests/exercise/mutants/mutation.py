"""Wrong answers by the thousand: a reference with one thing changed, as a slip of the hand or of the mind would.

Each operator is a function from a node of the syntax tree to the nodes that may stand in its place. `mutants` carries each of them out
alone. What comes out as the same text is one mutant.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

Operator = Callable[[ast.AST, "Surroundings"], Iterator[ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """`source`: the answer with the change; `was` and `became`: the line that differs (the first of them), without indentation."""

    operator: str
    was: str
    became: str
    source: str

    @property
    def label(self) -> str:
        return f"{self.operator}: {self.was}  ⇒  {self.became}"


@dataclass(frozen=True)
class Surroundings:
    """Where a node stands: the parameters of the function around it, without `self`."""

    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a node stands in its tree: in a field of its parent or, with `at`, in the list there."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    around: Surroundings

    def put(self, node: ast.AST) -> None:
        """Let another node stand here."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


@cache
def mutants(source: str) -> tuple[Mutant, ...]:
    """All mutants of an answer, in the order of its lines; none equals the answer, no two are alike."""
    tree = ast.parse(source)
    _without_docstrings(tree)
    original = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for place in list(_places(tree)):
        for operator in OPERATORS:
            for replacement in operator(copy.deepcopy(place.node), place.around):
                text = _with(tree, place, replacement)
                if text is not None and text != original and text not in found:
                    found[text] = Mutant(operator.__name__, *_difference(original, text), text)
    return tuple(found.values())


def _places(tree: ast.AST, around: Surroundings = Surroundings()) -> Iterator[Place]:
    """The place of each node below `tree`, in one fixed order."""
    for field, value in ast.iter_fields(tree):
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST):
                continue
            inside = around
            if isinstance(child, ast.FunctionDef | ast.Lambda):
                names = [one.arg for one in (*child.args.posonlyargs, *child.args.args, *child.args.kwonlyargs)]
                inside = Surroundings(tuple(name for name in names if name != "self"))
            yield Place(tree, field, at, child, inside)
            yield from _places(child, inside)


def _with(tree: ast.AST, place: Place, replacement: ast.AST) -> str | None:
    """The text of `tree` with another node in this place; None where that is no program. The tree is as it was afterwards."""
    place.put(ast.copy_location(replacement, place.node))
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError, AttributeError, TypeError):
        return None
    finally:
        place.put(place.node)
    return text


def _difference(original: str, text: str) -> tuple[str, str]:
    old, new = original.splitlines(), text.splitlines()
    first = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return tuple(lines[first].strip() if first < len(lines) else "" for lines in (old, new))  # type: ignore[return-value]


def _without_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]


# Operators


def another_number(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """One more, one less, the other sign, twice and half as much; True for False."""
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield from (ast.Constant(other) for other in (value + 1, value - 1, -value, 2 * value) if other != value)
        case ast.Constant(value=float() as value):
            yield from (ast.Constant(other) for other in (2 * value, value / 2, 0.0, -value, 1.0) if other != value)


SWAPPED = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}


def another_operation(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """Minus for plus, < for ≤, or for and."""
    match node:
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp():
            for other in SWAPPED.get(type(node.op), ()):
                yield _changed(node, op=other())
        case ast.Compare(ops=[only]):
            for other in SWAPPED.get(type(only), ()):
                yield _changed(node, ops=[other()])


def one_side(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """a, or b, for a + b; b - a for a - b; = for +=."""
    match node:
        case ast.BinOp():
            yield from (node.left, node.right)
            if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
                yield ast.BinOp(node.right, node.op, node.left)
        case ast.BoolOp():
            yield from node.values
        case ast.UnaryOp():
            yield node.operand
        case ast.AugAssign():
            yield ast.Assign([node.target], node.value)


def another_sign(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """What is returned, or assigned by a computation, with a minus; a condition turned round."""
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Tuple):
            yield ast.Return(ast.UnaryOp(ast.USub(), value))
        case ast.Return(value=ast.Tuple(elts=elements)):
            yield ast.Return(ast.Tuple(elements[::-1], ast.Load()))
        case ast.If() | ast.IfExp() | ast.While():
            yield _changed(node, test=ast.UnaryOp(ast.Not(), node.test))


def a_condition_that_holds_always_or_never(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    match node:
        case ast.If() | ast.IfExp():
            yield from (_changed(node, test=ast.Constant(value)) for value in (True, False))
        case ast.comprehension(ifs=[_, *_]):
            yield _changed(node, ifs=[])


def arguments(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """One is left out (so is a layer of a Sequential), two neighbours are swapped, one stands twice."""
    if not isinstance(node, ast.Call):
        return
    given, named = node.args, node.keywords
    for at in range(len(given)):
        yield _changed(node, args=given[:at] + given[at + 1 :])
        if at:
            yield _changed(node, args=[*given[: at - 1], given[at], given[at - 1], *given[at + 1 :]])
        yield _changed(node, args=[*given[:at], given[at], *given[at:]])
    for at in range(len(named)):
        yield _changed(node, keywords=named[:at] + named[at + 1 :])


def elements(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """One of a list or tuple is left out, two neighbours are swapped, one stands twice."""
    if not isinstance(node, ast.List | ast.Tuple) or not isinstance(node.ctx, ast.Load):
        return
    parts = node.elts
    for at in range(len(parts)):
        yield _changed(node, elts=parts[:at] + parts[at + 1 :])
        if at:
            yield _changed(node, elts=[*parts[: at - 1], parts[at], parts[at - 1], *parts[at + 1 :]])
        yield _changed(node, elts=[*parts[:at], parts[at], *parts[at:]])


def a_statement_left_out(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """Nothing, or what stood in the block, for a statement."""
    match node:
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Return() | ast.Assert() | ast.Raise():
            yield ast.Pass()
        case ast.If() | ast.For() | ast.While() | ast.With():
            yield ast.Pass()
            yield ast.If(ast.Constant(True), node.body, [])
        case ast.FunctionDef(decorator_list=[_, *_]):
            yield _changed(node, decorator_list=[])


def a_loop_cut_short(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """After its first turn; without the first, without the last, backwards; `break` for `continue`."""
    match node:
        case ast.For():
            yield _changed(node, body=[*node.body, ast.Break()])
            yield from (_changed(node, iter=other) for other in _shorter(node.iter))
        case ast.comprehension():
            yield from (_changed(node, iter=other) for other in _shorter(node.iter))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _shorter(values: ast.expr) -> Iterator[ast.expr]:
    for part in ("[1:]", "[:-1]", "[::-1]"):
        yield ast.parse(f"list({ast.unparse(values)}){part}", mode="eval").body


def another_name(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """Another parameter of the same function."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in around.parameters:
        yield from (ast.Name(other, ast.Load()) for other in around.parameters if other != node.id)


# Mistaken for each other, by name: layers, reductions, functions of Python.
NEIGHBOURS = [
    ("mean", "sum", "amax"),
    ("max", "min", "mean"),
    ("argmax", "argmin"),
    ("floor", "ceil", "round"),
    ("zeros_", "ones_", "normal_"),
    ("zeros", "ones"),
    ("ReLU", "Tanh", "Identity", "GELU"),
    ("relu", "tanh", "gelu"),
    ("BatchNorm2d", "InstanceNorm2d", "Identity"),
    ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"),
    ("adaptive_avg_pool2d", "adaptive_max_pool2d"),
    ("AvgPool2d", "MaxPool2d", "Identity"),
    ("avg_pool2d", "max_pool2d"),
    ("Linear", "LazyLinear"),
    ("cat", "stack"),
    ("cos", "sin"),
    ("exp", "log"),
    ("train", "eval"),
    ("softmax", "log_softmax", "sigmoid"),
    ("cross_entropy", "mse_loss", "nll_loss"),
    ("append", "remove"),
    ("weight", "bias"),
    ("sqrt", "abs"),
    ("any", "all"),
    ("parameters", "buffers"),
    ("modules", "children"),
    ("named_modules", "named_children"),
    ("no_grad", "enable_grad"),
    ("zero_grad", "step"),
    ("kaiming_normal_", "xavier_normal_", "zeros_"),
    ("running_mean", "running_var"),
    ("flatten", "ravel"),
    ("in_channels", "out_channels"),
    ("items", "values", "keys"),
    ("height", "width"),
]


def a_neighbour(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """`sum` for `mean`, `MaxPool2d` for `AvgPool2d`."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
    for group in NEIGHBOURS:
        if name in group:
            for other in group:
                if other != name:
                    yield _changed(node, attr=other) if isinstance(node, ast.Attribute) else _changed(node, id=other)


def a_cut_graph(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """No gradient, or numbers of another type, from here on: `.detach()`, `.half()`, `.double()`, `.int()`; without `.item()`."""
    values = []
    if isinstance(node, ast.Return) and node.value is not None:
        values = ["value"]
    elif isinstance(node, ast.BinOp):
        values = ["left", "right"]
    for field in values:
        value = getattr(node, field)
        if isinstance(value, ast.Constant | ast.Tuple):
            continue
        for method in ("detach", "half", "double", "int"):
            yield _changed(node, **{field: ast.Call(ast.Attribute(value, method, ast.Load()), [], [])})
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value


def in_place(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """`a.add_(b)` for `a + b`: what was given changes."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.Sub):
        method = {ast.Add: "add_", ast.Mult: "mul_", ast.Sub: "sub_"}[type(node.op)]
        yield ast.Call(ast.Attribute(node.left, method, ast.Load()), [node.right], [])
        yield ast.Call(ast.Attribute(node.right, method, ast.Load()), [node.left], [])


def called_twice_or_not(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """`x` for `layer(x)`, `layer(layer(x))` for it."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if isinstance(node.args[0], ast.Starred):
            return
        yield node.args[0]
        yield _changed(node, args=[copy.deepcopy(node)])


def another_mode(node: ast.AST, around: Surroundings) -> Iterator[ast.AST]:
    """A function begins by setting modules to `eval`, or computes without gradients."""
    if isinstance(node, ast.FunctionDef) and node.name in ("forward", "__call__"):
        yield _changed(node, body=[ast.parse("self.eval()").body[0], *node.body])
    if isinstance(node, ast.FunctionDef) and node.name != "__init__":
        block = ast.parse("with torch.no_grad():\n    pass").body[0]
        assert isinstance(block, ast.With)
        block.body = node.body
        yield _changed(node, body=[block])


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for field, value in fields.items():
        setattr(other, field, copy.deepcopy(value))
    return other


OPERATORS: tuple[Operator, ...] = (
    another_number,
    another_operation,
    one_side,
    another_sign,
    a_condition_that_holds_always_or_never,
    arguments,
    elements,
    a_statement_left_out,
    a_loop_cut_short,
    another_name,
    a_neighbour,
    a_cut_graph,
    in_place,
    called_twice_or_not,
    another_mode,
)
