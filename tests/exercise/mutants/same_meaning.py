"""The same answer, written down as another person would: each rewrite keeps what the code means.

A rewrite is a function from the answer's syntax tree, which it may change, to nothing; what it leaves as it was did not apply.
"""

import ast
import builtins
import copy
from collections.abc import Callable, Iterator
from functools import cache

Rewrite = Callable[[ast.Module], None]


@cache
def rewritten(source: str) -> tuple[tuple[str, str], ...]:
    """(name of the rewrite, the answer so written) for each rewrite that changes this answer."""
    original, found = ast.unparse(ast.parse(source)), []
    for rewrite in REWRITES:
        tree = ast.parse(source)
        rewrite(tree)
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text != original:
            found.append((rewrite.__name__, text))
    return tuple(found)


def local_names_renamed(tree: ast.Module) -> None:
    for function in _functions(tree):
        if any(
            isinstance(node, ast.FunctionDef | ast.Lambda | ast.Global | ast.Nonlocal) for node in _inside(function)
        ):
            continue
        given = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        stored = {
            node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in stored - given:
                node.id = f"my_{node.id}"


def typed(tree: ast.Module) -> None:
    for function in _functions(tree):
        for one in (*function.args.args, *function.args.kwonlyargs):
            if one.arg != "self":
                one.annotation = ast.Constant("torch.Tensor | int | list")
        function.returns = ast.Constant("object")


def variables_typed(tree: ast.Module) -> None:
    for node, block, at in _statements(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            block[at] = ast.AnnAssign(node.targets[0], ast.Constant("object"), node.value, 1)


def documented(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            node.body.insert(
                0, ast.Expr(ast.Constant("Raises NotImplementedError, says the stub: TODO.\n\n    No longer."))
            )


def decorated(tree: ast.Module) -> None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.decorator_list.insert(0, ast.Name("as_ever", ast.Load()))
    tree.body[:0] = ast.parse("def as_ever(thing):\n    return thing").body


def functions_wrapped(tree: ast.Module) -> None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list.insert(0, ast.Name("counted", ast.Load()))
    tree.body[:0] = ast.parse(
        "import functools\n"
        "def counted(function):\n"
        "    @functools.wraps(function)\n"
        "    def inner(*given, **named):\n"
        "        inner.calls = getattr(inner, 'calls', 0) + 1\n"
        "        return function(*given, **named)\n"
        "    return inner"
    ).body


def result_by_a_helper(tree: ast.Module) -> None:
    used = False
    for function in _functions(tree):
        for node in _inside(function):
            if isinstance(node, ast.Return) and node.value is not None:
                node.value = ast.Call(ast.Name("handed_back", ast.Load()), [node.value], [])
                used = True
    if used:
        tree.body[:0] = ast.parse("def handed_back(value):\n    return value").body


def result_in_a_variable(tree: ast.Module) -> None:
    for node, block, at in _statements(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            name = "the_result"
            block[at : at + 1] = [
                ast.Assign([ast.Name(name, ast.Store())], node.value),
                ast.Return(ast.Name(name, ast.Load())),
            ]


def sides_of_a_product_or_sum_swapped(tree: ast.Module) -> None:
    """Numbers and tensors; what looks like a list, and a name that one was given, stays."""
    unlike = ast.List | ast.ListComp | ast.JoinedStr | ast.Tuple
    given = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, unlike)]
    lists = {target.id for node in given for target in node.targets if isinstance(target, ast.Name)}

    def stays(node: ast.AST) -> bool:
        return isinstance(node, unlike) or (isinstance(node, ast.Name) and node.id in lists)

    for node in ast.walk(tree):
        swaps = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult)
        if swaps and not any(stays(one) for side in (node.left, node.right) for one in ast.walk(side)):
            node.left, node.right = node.right, node.left


def choices_as_statements(tree: ast.Module) -> None:
    """`if` and `else` for `a if c else b`."""
    for node, block, at in _statements(tree):
        if isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.IfExp):
            choice, other = node.value, copy.deepcopy(node)
            node.value, other.value = choice.body, choice.orelse
            block[at] = ast.If(choice.test, [node], [other])


def comprehensions_as_loops(tree: ast.Module) -> None:
    for node, block, at in _statements(tree):
        if not isinstance(node, ast.Assign | ast.Return) or not isinstance(node.value, ast.ListComp):
            continue
        made = node.value
        if len(made.generators) == 1:
            turn = made.generators[0]
            gathered = ast.Name("gathered", ast.Load())
            body: ast.stmt = ast.Expr(ast.Call(ast.Attribute(gathered, "append", ast.Load()), [made.elt], []))
            for condition in turn.ifs:
                body = ast.If(condition, [body], [])
            start = ast.Assign([ast.Name("gathered", ast.Store())], ast.List([], ast.Load()))
            node.value = gathered
            block[at : at + 1] = [start, ast.For(turn.target, turn.iter, [body], []), node]


MODULES = {
    "relu": "ReLU",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "max_pool2d": "MaxPool2d",
}
LOSSES = {"cross_entropy": "CrossEntropyLoss", "mse_loss": "MSELoss"}


def modules_for_functions(tree: ast.Module) -> None:
    """`nn.ReLU()(x)` for `F.relu(x)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="F"), attr=name), args=[first, *rest]) if (
                name in MODULES
            ):
                node.func = ast.Call(_from_nn(MODULES[name]), rest, node.keywords)
                node.args, node.keywords = [first], []
            case ast.Call(func=ast.Attribute(value=ast.Name(id="F"), attr=name)) if name in LOSSES:
                node.func = ast.Call(_from_nn(LOSSES[name]), [], node.keywords)
                node.keywords = []


def from_torch_nn(tree: ast.Module) -> None:
    """`torch.nn.Conv2d` for `nn.Conv2d`."""
    changed = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "nn":
            node.value = ast.Attribute(ast.Name("torch", ast.Load()), "nn", ast.Load())
            changed = True
    if changed:
        tree.body[:0] = ast.parse("import torch").body


def names_imported_by_a_star(tree: ast.Module) -> None:
    """`Conv2d` for `nn.Conv2d`, after `from torch.nn import *`."""
    import torch.nn

    changed = False

    class Bare(ast.NodeTransformer):
        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            nonlocal changed
            self.generic_visit(node)
            if isinstance(node.value, ast.Name) and node.value.id == "nn" and node.attr in torch.nn.modules.__all__:
                changed = True
                return ast.Name(node.attr, node.ctx)
            return node

    Bare().visit(tree)
    if changed:
        tree.body[:0] = ast.parse("from torch.nn import *").body


def super_as_in_python_2(tree: ast.Module) -> None:
    for parent in ast.walk(tree):
        if isinstance(parent, ast.ClassDef):
            for node in ast.walk(parent):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
                    node.args = [ast.Name(parent.name, ast.Load()), ast.Name("self", ast.Load())]


def an_unnamed_function(tree: ast.Module) -> None:
    """`f = lambda …` for a function that only returns something."""
    for at, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            match body:
                case [ast.Return(value=ast.expr() as value)]:
                    arguments = copy.deepcopy(node.args)
                    for one in ast.walk(arguments):
                        if isinstance(one, ast.arg):
                            one.annotation = None
                    tree.body[at] = ast.Assign([ast.Name(node.name, ast.Store())], ast.Lambda(arguments, value))


def a_class_above(tree: ast.Module) -> None:
    """The class inherits all from another one."""
    for at, node in reversed(list(enumerate(tree.body))):
        if isinstance(node, ast.ClassDef) and not any("super" in ast.unparse(one) and one.args for one in _calls(node)):
            name = node.name
            heir = ast.ClassDef(name, [ast.Name(f"Base{name}", ast.Load())], [], [ast.Pass()], [])
            node.name = f"Base{name}"
            tree.body.insert(at + 1, heir)


def a_list_unpacked(tree: ast.Module) -> None:
    """`nn.Sequential(*[a, b])` for `nn.Sequential(a, b)`."""
    for node in _calls(tree):
        if ast.unparse(node.func) == "nn.Sequential" and node.args:
            node.args = [ast.Starred(ast.List(node.args, ast.Load()), ast.Load())]


def else_after_a_return(tree: ast.Module) -> None:
    for node, block, at in _statements(tree):
        if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], ast.Return | ast.Raise):
            rest = block[at + 1 :]
            if rest:
                node.orelse = rest
                del block[at + 1 :]


def independent_lines_swapped(tree: ast.Module) -> None:
    """Two neighbouring assignments without calls, of which neither reads or binds what the other binds."""
    for first, block, at in _statements(tree):
        pair = [first, *block[at + 1 : at + 2]]
        if len(pair) < 2 or not all(isinstance(one, ast.Assign) and not _calls(one) for one in pair):
            continue
        second = pair[1]
        if not (_bound(first) & (_read(second) | _bound(second)) or _bound(second) & _read(first)):
            block[at : at + 2] = [second, first]


def a_step_at_a_time(tree: ast.Module) -> None:
    """`inner = g(x); return f(inner)` for `return f(g(x))`."""
    for node, block, _ in _statements(tree):
        match node:
            case ast.Return(value=ast.Call(func=ast.Attribute(value=ast.Name()), args=[ast.Call() as first]) as outer):
                outer.args = [ast.Name("inner", ast.Load())]
                block.insert(block.index(node), ast.Assign([ast.Name("inner", ast.Store())], first))


def printed_on_the_way(tree: ast.Module) -> None:
    for function in _functions(tree):
        at = 1 if ast.get_docstring(function) is not None else 0
        function.body[at:at] = ast.parse(f"print('in {function.name}')").body


def asserted_on_the_way(tree: ast.Module) -> None:
    for function in _functions(tree):
        names = [one.arg for one in function.args.args if one.arg != "self"]
        if names:
            at = 1 if ast.get_docstring(function) is not None else 0
            function.body[at:at] = ast.parse(f"assert {names[0]} is not None, 'nothing given'").body


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _inside(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """All nodes of the body, those of inner functions apart (but the inner functions themselves)."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _statements(tree: ast.AST) -> Iterator[tuple[ast.stmt, list[ast.stmt], int]]:
    """(statement, the block it stands in, its place there); a block that has grown meanwhile is read on from the same statement."""
    for parent in list(ast.walk(tree)):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list):
                for node in list(block):
                    if node in block:
                        yield node, block, block.index(node)


def _bound(statement: ast.stmt) -> set[str]:
    return {
        ast.unparse(target) for node in ast.walk(statement) if isinstance(node, ast.Assign) for target in node.targets
    }


def _read(statement: ast.stmt) -> set[str]:
    names = {ast.unparse(node) for node in ast.walk(statement) if isinstance(node, ast.Name | ast.Attribute)}
    return names - set(dir(builtins))


def _from_nn(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("nn", ast.Load()), name, ast.Load())


REWRITES: tuple[Rewrite, ...] = (
    local_names_renamed,
    typed,
    variables_typed,
    documented,
    decorated,
    functions_wrapped,
    result_by_a_helper,
    result_in_a_variable,
    sides_of_a_product_or_sum_swapped,
    choices_as_statements,
    comprehensions_as_loops,
    modules_for_functions,
    from_torch_nn,
    names_imported_by_a_star,
    super_as_in_python_2,
    an_unnamed_function,
    a_class_above,
    a_list_unpacked,
    else_after_a_return,
    independent_lines_swapped,
    a_step_at_a_time,
    printed_on_the_way,
    asserted_on_the_way,
)
