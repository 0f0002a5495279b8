# ruff: noqa: E501 (a save a line)
"""The exercise notebook, solved, in the form in which each system writes it. Made up after notebooks that are public."""

import hashlib
import json

from submissions import RIGHT, handed_in

PYTHON = {"name": "python", "version": "3.11.9", "mimetype": "text/x-python", "file_extension": ".py"}


def cells(as_list=True, keep=True):
    """The cells as plain dicts. `as_list`: sources as lists of lines; `keep`: with metadata and ids."""
    for number, cell in enumerate(handed_in(RIGHT).cells):
        made = {"cell_type": cell.cell_type, "metadata": dict(cell.metadata) if keep else {}}
        made["source"] = cell.source.splitlines(True) if as_list else cell.source
        if cell.cell_type == "code":
            made |= {"execution_count": number, "outputs": []}
        yield number, made


def code(source, **metadata):
    return {"cell_type": "code", "metadata": metadata, "source": source, "execution_count": None, "outputs": []}


def unique(number):
    return hashlib.md5(str(number).encode()).hexdigest()


def notebook(made, minor=0, **metadata):
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": made}


def colab():
    """No ids of cells, but one in the metadata; the first lines of the student's own: installs, a form, Drive."""
    made = [
        code("#@title Setup { display-mode: \"form\" }\n!pip -q install resnet-live\n%cd /content", id=unique(-1)[:12], cellView="form"),
        code(["from google.colab import drive\n", "drive.mount('/content/drive')"], id=unique(-2)[:12]),
    ]  # fmt: skip
    for number, cell in cells():
        cell["metadata"] |= {"id": unique(number)[:12], "colab": {"base_uri": "https://localhost:8080/"}}
        cell["metadata"] |= {"outputId": "d1f0c3b2-8a4e-4f1b-9c55-0123456789ab"} if cell["cell_type"] == "code" else {}
        made.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3"}
    return notebook(made, 0, colab={"provenance": [], "gpuType": "T4"}, accelerator="GPU", kernelspec=kernel, language_info={"name": "python"})  # fmt: skip


def kaggle():
    """Sources as one string, a cell of Kaggle's own before the student's."""
    own = "# This environment comes with many libraries installed\nimport numpy as np\nimport pandas as pd\nimport os\nfor dirname, _, filenames in os.walk('/kaggle/input'):\n    for filename in filenames:\n        print(os.path.join(dirname, filename))"
    made = [code(own, _uuid=unique(-1), _cell_guid=unique(-2), trusted=True)]
    for _, cell in cells(as_list=False):
        cell["metadata"] |= {"trusted": True, "execution": {"iopub.status.busy": "2026-05-04T09:12:33.102Z"}}
        made.append(cell)
    about = {
        "accelerator": "none",
        "dataSources": [],
        "isInternetEnabled": True,
        "language": "python",
        "sourceType": "notebook",
    }
    kernel = {"language": "python", "display_name": "Python 3", "name": "python3"}
    return notebook(made, 4, kaggle=about, kernelspec=kernel, language_info=PYTHON | {"pygments_lexer": "ipython3"})


def vs_code():
    """An environment's name for the kernel's, `vscode` at a cell of another language."""
    made = [cell for _, cell in cells()]
    made.insert(1, code(["%%bash\n", "ls -la"], vscode={"languageId": "shellscript"}))
    kernel = {"display_name": ".venv (3.11.9)", "language": "python", "name": "python3"}
    return notebook(
        made, 2, kernelspec=kernel, language_info=PYTHON, orig_nbformat=4, vscode={"interpreter": {"hash": unique(0)}}
    )


def deepnote():
    """Its own keys at every cell, an SQL block, a last cell that says where it was made."""
    made = []
    for number, cell in cells(as_list=False):
        cell["metadata"] |= {"cell_id": unique(number), "tags": [], "deepnote_cell_type": cell["cell_type"]}
        if cell["cell_type"] == "code":
            about = {
                "source_hash": unique(number)[:8],
                "execution_start": 1777880000000 + number,
                "execution_millis": 12,
            }
            cell["metadata"] |= about | {"deepnote_to_be_reexecuted": False}
        made.append(cell | {"block_group": unique(number)})
    made.append(
        code(
            "_deepnote_execute_sql('SELECT 1', 'SQL_ALCHEMY_JSON_ENV_VAR')",
            deepnote_cell_type="sql",
            deepnote_sql_source="SELECT 1",
        )
    )
    made.append(
        {
            "cell_type": "markdown",
            "metadata": {"created_in_deepnote_cell": True},
            "source": "<a>Created in Deepnote</a>",
        }
    )
    return notebook(made, 0, deepnote={}, deepnote_notebook_id=unique(1), deepnote_execution_queue=[])


def databricks():
    """Its own mime types as keys, magics for other languages, the name of the notebook in the metadata."""
    key = "application/vnd.databricks.v1+cell"
    about = {
        "cellMetadata": {"byteLimit": 2048000, "rowLimit": 10000},
        "inputWidgets": {},
        "showTitle": False,
        "title": "",
    }
    sources = ["%pip install fastai\n", "%sql\nSELECT *\nFROM samples.nyctaxi.trips\nLIMIT 5", "%md\n# Notes", "%sh ls", "dbutils.library.restartPython()"]  # fmt: skip
    made = [code(source, **{key: about | {"nuid": unique(source)}}) for source in sources]
    for number, cell in cells(keep=False):
        cell["metadata"] = {key: about | {"nuid": unique(number)}}
        if (
            "global_avg_pool(x)" in "".join(cell["source"])
            and cell["cell_type"] == "code"
            and "def" in "".join(cell["source"])
        ):
            cell["source"] = ["%python\n", *cell["source"]]
        made.append(cell)
    top = {"dashboards": [], "language": "python", "notebookName": "02_adaptive_pooling", "widgets": {}}
    return notebook(made, 0, **{"application/vnd.databricks.v1+notebook": top, "language_info": {"name": "python"}})


def pycharm():
    """`#%%` in the cells' metadata, and in older versions in front of the source."""
    made = []
    for number, cell in cells():
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"collapsed": False, "pycharm": {"name": "#%%\n", "is_executing": False}}
            cell["source"] = ["#%%\n", *cell["source"]] if number % 2 else cell["source"]
        else:
            cell["metadata"] |= {"pycharm": {"name": "#%% md\n"}}
        made.append(cell)
    made.append(code([], pycharm={"name": "#%%\n"}))
    kernel = {"name": "pycharm-2f6b7c11", "language": "python", "display_name": "PyCharm (course)"}
    return notebook(
        made, 0, kernelspec=kernel, language_info=PYTHON | {"codemirror_mode": {"name": "ipython", "version": 2}}
    )


def nbdev():
    """Directives at the top of cells."""
    made = [cell for _, cell in cells()]
    for cell in made:
        if cell["cell_type"] == "code":
            cell["source"] = ["#| export\n", *cell["source"]]
    made.insert(0, code("#| default_exp pooling"))
    return notebook(made, 5, kernelspec={"display_name": "python3", "language": "python", "name": "python3"})


def classic():
    """The notebook of some years ago: no ids, `collapsed`, slides, a table of contents, widgets' states."""
    made = [
        cell | {"metadata": cell["metadata"] | {"collapsed": True, "slideshow": {"slide_type": "-"}}}
        for _, cell in cells()
    ]
    return notebook(made, 2, toc={"base_numbering": 1}, widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}}, language_info=PYTHON, celltoolbar="Create Assignment")  # fmt: skip


SAVES = {
    one.__name__: json.loads(json.dumps(one()))
    for one in (colab, kaggle, vs_code, deepnote, databricks, pycharm, nbdev, classic)
}
