// Shows the figures of a page: reads the states of ipywidgets that stand in it, and follows the links between them.
// It knows what resnet_live/widgets makes, and no more: a test opens every page, and an unknown part is an error there.
(() => {
  const TYPES = "application/vnd.jupyter.widget-";
  const models = new Map();

  class Model {
    constructor(name, state) {
      this.name = name.replace(/Model$/, "");
      this.state = state;
      this.listeners = [];
    }
    set(trait, value) {
      if (this.state[trait] === value) return;
      this.state[trait] = value;
      for (const [name, listen] of this.listeners) if (name === trait) listen(value);
    }
    on(trait, listen) { this.listeners.push([trait, listen]); }
    part(trait) { return find(this.state[trait]); }
  }

  const find = (reference) => models.get(String(reference).replace("IPY_MODEL_", ""));
  const element = (tag, className, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  let count = 0;
  const newId = () => `rl-part-${++count}`;

  // A control's box: its name, then what is set.
  const control = (model, kind, ...parts) => {
    const name = element("span", "rl-name", { id: newId() }, model.state.description);
    return { name, box: element("div", `rl-control rl-${kind}`, {}, name, ...parts) };
  };

  // `labels`: what is said at each place, for a slider that counts places; else its value is said.
  const slider = (model, trait, low, high, step, labels) => {
    const said = (value) => (labels ? labels[value] : String(value));
    const input = element("input", "", { type: "range", min: low, max: high, step });
    const readout = element("output", "rl-readout", { "aria-hidden": "true" });
    const { name, box } = control(model, "slider", input);
    input.setAttribute("aria-labelledby", name.id);
    if (model.state.readout) box.append(readout);
    const show = (value) => {
      input.value = value;
      input.setAttribute("aria-valuetext", said(value));
      input.style.setProperty("--rl-share", high > low ? (value - low) / (high - low) : 0);
      readout.textContent = said(value);
    };
    input.addEventListener("input", () => { model.set(trait, Number(input.value)); announce(box); });
    model.on(trait, show);
    show(model.state[trait]);
    return box;
  };

  const buttons = (model) => {
    const { name, box } = control(model, "buttons");
    const made = model.state._options_labels.map((label, index) => {
      const button = element("button", "rl-choice", { type: "button", "aria-pressed": "false" }, label);
      button.addEventListener("click", () => { model.set("index", index); announce(box); });
      return button;
    });
    box.append(element("div", "rl-choices", { role: "group", "aria-labelledby": name.id }, ...made));
    const show = (chosen) => made.forEach((button, index) => button.setAttribute("aria-pressed", String(index === chosen)));
    model.on("index", show);
    show(model.state.index);
    return box;
  };

  const menu = (model) => {
    const select = element("select", "", {}, ...model.state._options_labels.map((label) => element("option", "", {}, label)));
    const { name, box } = control(model, "menu", select);
    select.setAttribute("aria-labelledby", name.id);
    select.addEventListener("change", () => { model.set("index", select.selectedIndex); announce(box); });
    const show = (index) => { select.selectedIndex = index ?? -1; };
    model.on("index", show);
    show(model.state.index);
    return box;
  };

  const play = (model) => {
    let timer = null;
    const { state } = model;
    const button = element("button", "rl-choice", { type: "button", "aria-label": "Play or pause" }, "▶");
    const back = element("button", "rl-choice", { type: "button", "aria-label": "Stop: back to the first" }, "■");
    const pause = () => { clearInterval(timer); timer = null; button.textContent = "▶"; };
    const move = () => {
      if (state.value + state.step <= state.max) model.set("value", state.value + state.step);
      else pause();
    };
    button.addEventListener("click", () => {
      if (timer !== null) return pause();
      button.textContent = "⏸";
      if (state.value >= state.max) model.set("value", state.min); else move();
      timer = setInterval(move, state.interval);
    });
    back.addEventListener("click", () => { pause(); model.set("value", state.min); });
    return element("div", "rl-play", {}, button, back);
  };

  // Only the chosen child is in the page; the others are made when they are asked for.
  const stack = (model) => {
    const box = element("div", "rl-stack"), made = new Map();
    const show = (index) => {
      if (index === null) return box.replaceChildren();
      if (!made.has(index)) made.set(index, view(find(model.state.children[index])));
      box.replaceChildren(made.get(index));
    };
    model.on("selected_index", show);
    show(model.state.selected_index);
    return box;
  };

  const html = (model) => {
    const box = element("div", "rl-html");
    box.innerHTML = model.state.value;
    if (model.part("layout")?.state.display === "none") box.hidden = true;
    return box;
  };

  const group = (model) => {
    const box = element("div", model.name === "HBox" || model.part("layout")?.state.flex_flow?.startsWith("row") ? "rl-beside" : "rl-below");
    box.append(...model.state.children.map((child) => view(find(child))));
    if (model.state._dom_classes.includes("rl-predict")) question(box, model);
    else if (model.state._dom_classes.includes("rl-widget")) box.append(element("p", "rl-status", { role: "status" }));
    return box;
  };

  // The words of a question name its buttons; once one is chosen, the card says so.
  const question = (box) => {
    const asked = box.querySelector(".rl-question");
    asked.id = newId();
    box.querySelector("[role=group]").setAttribute("aria-labelledby", asked.id);
    const mark = element("p", "rl-mark", { role: "status" }, "Choose, then read why.");
    box.prepend(mark);
    box.addEventListener("click", (event) => {
      if (!event.target.closest("button")) return;
      const right = box.querySelector(".rl-says")?.classList.contains("rl-ok");
      box.dataset.answer = right ? "right" : "wrong";
      mark.textContent = right ? "Answered ✓" : "Answered: not quite ✗";
    });
  };

  // A reader who listens hears the words of the new state, from a place that was there before.
  const announce = (box) => {
    const figure = box.closest(".rl-widget"), status = figure?.querySelector(".rl-status");
    if (!status) return;
    status.textContent = figure.querySelector(".rl-says")?.textContent ?? "";
    clearTimeout(status.timer);
    status.timer = setTimeout(() => { status.textContent = ""; }, 3000);
  };

  const KINDS = {
    VBox: group, HBox: group, Box: group, HTML: html, Stack: stack, ToggleButtons: buttons, Dropdown: menu, Play: play,
    IntSlider: (model) => slider(model, "value", model.state.min, model.state.max, model.state.step),
    SelectionSlider: (model) => slider(model, "index", 0, model.state._options_labels.length - 1, 1, model.state._options_labels),
  };

  const view = (model) => {
    if (!(model?.name in KINDS)) throw new Error(`A figure has a part that this page cannot show: ${model?.name}`);
    const made = KINDS[model.name](model);
    made.classList.add(...(model.state._dom_classes ?? []));
    return made;
  };

  const link = (model) => {
    const [[source, from], [target, to]] = [model.state.source, model.state.target];
    const [one, other] = [find(source), find(target)];
    one.on(from, (value) => other.set(to, value));
    if (other.name !== "Stack") other.on(to, (value) => one.set(from, value));
  };

  const showAll = () => {
    for (const script of document.querySelectorAll(`script[type="${TYPES}state+json"]`))
      for (const [id, { model_name: name, state }] of Object.entries(JSON.parse(script.textContent).state))
        models.set(id, new Model(name, state));
    for (const model of models.values()) if (model.name === "Link") link(model);
    for (const script of document.querySelectorAll(`script[type="${TYPES}view+json"]`)) {
      script.after(element("div", "rl-view", {}, view(find(JSON.parse(script.textContent).model_id))));
      script.dataset.shown = "";
    }
    performance.mark("rl-figures");
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", showAll);
  else showAll();
})();
