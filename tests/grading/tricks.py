"""Ways by which a wrong answer passes nbmake: what each does to a notebook."""

import nbformat

NO_TRACEBACK = """from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.showtraceback = lambda *a, **k: None
get_ipython().showtraceback = lambda *a, **k: None"""
NO_ASSERT = """import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())"""
NEW_CHECK = "import resnet_live.exercise as e\ne.check = lambda *a: print('all passed')\ncheck = e.check"


def in_metadata(key, value):
    return lambda notebook: notebook.metadata.update({key: value})


def in_each_cell(key, value):
    return lambda notebook: [cell.metadata.update({key: value}) for cell in notebook.cells]


def as_first_cell(source):
    return lambda notebook: notebook.cells.insert(0, nbformat.v4.new_code_cell(source))


def without_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("check(")]


# The nine ways by which a wrong answer passes nbmake, and some more: what each does to the notebook.
ROUTES = {
    "allow_errors in the metadata": in_metadata("execution", {"allow_errors": True, "timeout": 9999}),
    "the tag raises-exception": in_each_cell("tags", ["raises-exception"]),
    "the tag skip-execution": in_each_cell("tags", ["skip-execution"]),
    "nbmake.post_cell_execute": in_each_cell(
        "nbmake", {"post_cell_execute": ["conv_out = None", "check = print"], "mock": {"conv_out": "1", "check": 1}}
    ),
    "showtraceback of the instance": as_first_cell("get_ipython().showtraceback = lambda *a, **k: None"),
    "showtraceback of the class": as_first_cell(NO_TRACEBACK),
    "asserts dropped by a transformer": as_first_cell(NO_ASSERT),
    "a deleted check": without_checks,
    "a new check": as_first_cell(NEW_CHECK),
    "a forged report": as_first_cell("print('✓ 5/5  all checks\\n2.1 conv_out: 5 of 5 points')"),
}
