"""What answers are not run with is refused with its line; no honest answer is."""

import pytest
from answers import answers
from submissions import in_cells

from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises
from resnet_live.grading import policy
from resnet_live.grading.statements import parse

SETUP = "import torch, os, sys, gc, inspect\nimport torch.nn.functional as F\nfrom torch import nn\n"


def problems(*sources):
    (notebook,) = in_cells(*sources).notebooks
    parsed = parse(notebook)
    assert not parsed.broken, parsed.broken
    return policy.problems(parsed.statements)


@pytest.mark.parametrize("exercise", list(exercises()))
def test_no_known_answer_is_refused(exercise):
    for answer in answers(exercise):
        # the course's own models are right where a student tries, and not there where one is graded
        refused = "resnet_live" in answer.source
        assert bool(problems(reference.setup(exercise), answer.source)) == refused, answer.label
    assert not problems(reference.setup(exercise), reference.source(exercise))


@pytest.mark.parametrize(
    "body",
    [
        "getattr(self, f'conv{i}')",
        "super().__setattr__('a', 1); self.__setattr__('b', 2)",
        "setattr(self, f'conv{i}', nn.ReLU())",
        "os.replace(os.path.join('a', 'b'), 'c'); os.makedirs('d', exist_ok=True)",
        "print(sys.version, file=sys.stderr)",
        "gc.collect()",
        "m.weight.data.zero_(); m.weight.requires_grad = False; m.bn.weight.data[0] = 1",
        "isinstance(m, nn.modules.batchnorm._BatchNorm)",
        "self.__class__.__name__; self.__dict__.update({}); super().__init__()",
        "torch.backends.cudnn.benchmark = True",
        "inspect.signature(block)",
        "model.eval(); vars(self); dir(self); torch.compile(m); open('x').close()",
        "nn.init.zeros_(m.weight); nn.Conv2d(1, 1, 1).bias = None",
        "F.relu(x).mean((2, 3))",
        "x.data = x.data + 1; x.grad = None",
    ],
)
def test_honest_code_is_not_refused(body):
    assert not problems(SETUP, f"def answer(self, x, m, block, i, model):\n    {body}\n    return x")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("sys._getframe(1)", "_getframe"),
        ("sys.modules['x']", "sys.modules"),
        ("os._exit(0)", "os._exit"),
        ("os.system('x')", "os.system"),
        ("import subprocess", "subprocess"),
        ("import threading as t", "threading"),
        ("from ctypes import pythonapi", "ctypes"),
        ("from resnet_live.exercise import reference", "resnet_live"),
        ("import resnet_live.exercise.reference as r", "resnet_live"),
        ("__import__('os')", "__import__"),
        ("exec('x = 1')", "exec"),
        ("eval('1')", "eval"),
        ("globals()['x']", "globals"),
        ("get_ipython().ast_transformers", "get_ipython"),
        ("torch.equal = lambda *a: True", "torch.equal"),
        ("torch.Tensor.mean = 1", "torch.Tensor.mean"),
        ("setattr(torch, 'equal', 1)", "setattr"),
        ("F.__dict__['relu'] = 1", "__dict__"),
        ("torch.__setattr__('equal', 1)", "__setattr__"),
        ("object.__setattr__(x, 'equal', 1)", "__setattr__"),
        ("type(torch).__setattr__(torch, 'equal', 1)", "__setattr__"),
        ("vars(torch)['equal'] = 1", "vars"),
        ("torch.os.system('x')", "torch.os"),
        ("torch._C._nn", "_C"),
        ("torch.autograd.profiler_legacy", "profiler_legacy"),
        ("torch.autograd._enable_record_function(False)", "_enable_record_function"),
        ("x.__class__.__subclasses__()", "__subclasses__"),
        ("answer.__globals__", "__globals__"),
        ("getattr(torch, 'sys')", "getattr"),
        ("getattr(x, '__globals__')", "__globals__"),
        ("error.__traceback__.tb_frame", "tb_frame"),
        ("gc.get_objects()", "gc.get_objects"),
    ],
)
def test_what_reaches_around_an_answer_is_refused_by_name(body, named):
    found = problems(SETUP, f"def answer(x):\n    {body}\n    return x")
    assert found
    assert named in found[0]
    assert found[0].startswith("cell 2, line 2")


def test_another_name_for_an_import_hides_nothing():
    assert problems(SETUP, "t = torch", "def answer(x):\n    t.equal = 1")
    assert problems(SETUP, "def answer(x):\n    t = torch\n    t.equal = 1")


@pytest.mark.parametrize(
    "source",
    [
        "def answer(input):\n    return input + 1",
        "def answer(x):\n    return [globals + 1 for globals in x]",
        "def answer(x):\n    for i, (input, target) in enumerate(x):\n        x = input\n    return x",
        "def answer(x):\n    compile = torch.compile\n    return compile(x)",
        "def answer(x):\n    return (lambda eval: eval(x))(torch.relu)",
        "def answer(x):\n    def input():\n        return 1\n    return input()",
        "def answer(F):\n    F[:, 0] = 1\n    F.grad = None\n    return F",
        "def answer(x):\n    F = torch.relu(x)\n    F[0] = 1\n    return F",
        "class Net(nn.Module):\n    def compile(self, input):\n        self.input = input\n        self.compile(input)",
    ],
)
def test_a_name_that_is_the_student_s_own_is_not_the_built_in_one(source):
    assert not problems(SETUP, source)


def test_a_name_that_a_cell_above_has_bound_is_not_the_built_in_one():
    assert not problems(SETUP, "from torch import compile", "def answer(x):\n    return compile(x)")
    assert not problems(SETUP, "def input(n):\n    return n", "def answer(x):\n    return input(x)")


@pytest.mark.parametrize(
    "sources",
    [
        ["def answer(input=input):\n    return input"],
        ["def answer(x):\n    return [eval for x in [eval]]"],
        ["def answer(exec):\n    class Inner:\n        y = exec\n        exec = 1\n    return Inner.y"],
        ["class Net:\n    y = eval\n    eval = 1"],
        ["def answer(x):\n    global eval\n    return eval(x)"],
        ["def answer(x):\n    return globals()", "def globals():\n    return 1"],
        ["eval = 1", "del eval", "def answer(x):\n    return eval(x)"],
        ["eval = eval"],
        ["try:\n    1 / 0\nexcept Exception as exec:\n    pass", "def answer(x):\n    exec(x)"],
        ["if x:\n    eval = 1", "def answer(x):\n    return eval(x)"],
        ["for eval in ():\n    pass\ny = eval"],
        ["vars()['x'] = 1"],
        ["def answer(F=torch):\n    F.equal = 1"],
        ["def answer(x):\n    import torch as F\n    F.equal = 1"],
        ["def answer(x):\n    for F in [torch]:\n        F.equal = 1"],
        ["def answer(x):\n    F = torch.nn.functional\n    F.relu = 1"],
        ["def answer(x):\n    with torch as F:\n        F.relu = 1"],
        ["def answer(x):\n    F = getattr(torch, 'nn')\n    F.relu = 1"],
    ],
)
def test_a_name_that_may_be_the_built_in_or_imported_one_is_refused(sources):
    assert problems(SETUP, *sources)
