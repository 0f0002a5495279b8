"""An interactive figure as a rendered page has it: a JSON of states, and links, with no Python behind."""

import json
from html.parser import HTMLParser
from itertools import product
from xml.etree import ElementTree

import ipywidgets as w
from ipywidgets.embed import dependency_state, embed_data


def state_size(widget: w.Widget) -> int:
    """How many bytes of JSON the figure adds to a page."""
    state = dependency_state([widget], drop_defaults=False)
    return len(json.dumps(embed_data(views=[widget], drop_defaults=False, state=state)["manager_state"]["state"]))


class Page:
    """Moves controls and follows the links as the browser does, knowing nothing but the embedded JSON."""

    def __init__(self, widget: w.Widget):
        # through JSON and back: what does not survive it does not reach the page
        self.models = json.loads(json.dumps(dependency_state([widget], drop_defaults=False)))
        self.root = widget.model_id
        self._follow()

    def model(self, reference: str) -> dict:
        return self.models[reference.removeprefix("IPY_MODEL_")]

    def named(self, name: str) -> list[dict]:
        return [model["state"] for model in self.models.values() if model["model_name"] == name]

    def controls(self) -> dict[str, dict]:
        """Description → model, in the order in which they stand."""
        children = [self.model(child) for child in self.models[self.root]["state"]["children"]]
        return {c["state"]["description"]: c for c in children if c["state"].get("description")}

    def positions(self, description: str) -> range:
        """All that a reader can set the control to."""
        control = self.controls()[description]
        if control["model_name"] == "IntSliderModel":
            return range(control["state"]["min"], control["state"]["max"] + 1)
        return range(len(control["state"]["_options_labels"]))

    def set(self, **positions: int) -> None:
        """Set controls, named by their descriptions with underscores."""
        for description, position in positions.items():
            control = self.controls()[description.replace("_", " ")]
            assert position in self.positions(description.replace("_", " "))
            trait = "value" if control["model_name"] == "IntSliderModel" else "index"
            control["state"][trait] = position
        self._follow()

    def _follow(self) -> None:
        for link in self.named("LinkModel"):
            (source, trait), (target, target_trait) = link["source"], link["target"]
            self.model(target)["state"][target_trait] = self.model(source)["state"][trait]

    def shown(self) -> list[str]:
        """The HTML on display: neither the style sheet nor shapes that states show by their name."""
        found = []

        def walk(model):
            state = model["state"]
            children = state.get("children", [])
            if model["model_name"] == "StackModel":
                children = [] if state["selected_index"] is None else [children[state["selected_index"]]]
            if model["model_name"] == "HTMLModel" and self.model(state["layout"])["state"].get("display") != "none":
                found.append(state["value"])
            for child in children:
                walk(self.model(child))

        walk(self.models[self.root])
        return found

    def message(self) -> str:
        """The line of words of the state on display; empty when there is none."""
        lines = [e for html in self.shown() for e in elements(html) if e.get("class", "").split()[:1] == ["rl-says"]]
        assert len(lines) <= 1
        return "".join(lines[0].itertext()) if lines else ""

    def settings(self):
        """Every combination of positions, as keyword arguments of `set`."""
        names = list(self.controls())
        for chosen in product(*map(self.positions, names)):
            yield {name.replace(" ", "_"): value for name, value in zip(names, chosen, strict=True)}


def elements(html: str) -> list[ElementTree.Element]:
    """The elements of a state's HTML; fails when a tag is not closed or an attribute not quoted."""
    return list(ElementTree.fromstring(f"<div>{html}</div>").iter())[1:]


class Tags(HTMLParser):
    """The names of the tags in lenient HTML."""

    def __init__(self, html: str):
        super().__init__()
        self.names = []
        self.feed(html)

    def handle_starttag(self, tag, _attributes):
        self.names.append(tag)
