// Block X-ray: what comes into a residual block, what F adds, their sum; and what becomes of the scores when a path is cut.
(() => {
  const net = window.resnetLiveNet;
  const { make } = net;
  const SIZE = 128;  // of the shorter side, as in training
  const CHANNELS = 6;

  net.figures["block-xray"] = (root, network) => {
    const classes = net.drawings.map(({ name }) => name);
    let input = null;
    const canvas = make("canvas", { role: "img", "aria-label": "the picture" });
    const chooser = net.pictureChooser(root, (picture) => {
      const part = SIZE / Math.min(picture.width, picture.height);
      const side = (pixels) => Math.min(2 * SIZE, Math.round(pixels * part));
      const small = net.resized(picture, side(picture.width), side(picture.height));
      net.paint(canvas, small);
      input = net.normalised(small);
      look();
    });

    const choose = make("select", { onchange: () => look() }, ...network.blocks.map(({ name }) => make("option", { value: name }, name)));
    const path = (words) => {
      const box = make("input", { type: "checkbox", checked: true, onchange: () => look() });
      return { box, element: make("label", {}, box, make("span", {}, words)) };
    };
    const residual = path("F(x) in place"), skip = path("skip path in place");
    const scores = net.scoreList(classes), status = net.quietStatus();
    const maps = make("div", { class: "rl-net-maps" }), words = make("p", {}), table = make("div", {});

    const look = net.atNextFrame(() => {
      if (!input) return;
      const block = choose.value;
      const whole = network.look(input, { block, residual: true, skip: true });
      const cut = network.look(input, { block, residual: residual.box.checked, skip: skip.box.checked });
      const channels = strongest(whole.watched.sum, CHANNELS);
      const changes = network.blocks.find(({ name }) => name === block).changesShape;
      const rows = [
        [changes ? "x, pooled, 1×1" : "x", "skip", cut.watched.skip, !skip.box.checked],
        ["F(x)", "residual", cut.watched.residual, !residual.box.checked],
        ["sum, ReLU", "sum", cut.watched.sum, false],
      ];
      const top = Math.max(...["skip", "residual"].flatMap((name) => channels.map((c) => largest(whole.watched[name], c))), 1e-6);
      maps.replaceChildren(
        make("span", { class: "row rl-net-small" }, "channel"), ...channels.map((c) => make("span", { class: "rl-net-small" }, String(c))),
        ...rows.flatMap(([name, kind, map, off]) => [
          make("span", { class: `row ${kind}${off ? " off" : ""}` }, off ? `${name}: cut` : name),
          ...channels.map((c) => paintChannel(root, map, c, kind, top, name)),
        ]));
      const shape = [whole.watched.sum.channels, whole.watched.sum.height, whole.watched.sum.width].join("×");
      const share = meanSize(whole.watched.residual) / meanSize(whole.watched.skip);
      words.textContent = `All three are ${shape}; these are the ${channels.length} strongest channels of the sum. ` +
        `Over all of them, F(x) is on average ${share.toFixed(2)} times as large as what it is added to.`;
      const isCut = !residual.box.checked || !skip.box.checked;
      const winner = best(cut.scores), before = best(whole.scores);
      scores.show(cut.scores, null, isCut ? whole.scores : null);
      table.replaceChildren(recordedTable(block));
      const what = residual.box.checked ? "without the skip path" : skip.box.checked ? "without F(x)" : "with neither path";
      status.say(!isCut ? `Block ${block} is whole: ${classes[winner]}.`
        : `Block ${block} ${what}: ${classes[winner]}${winner === before ? ", as before" : `, and ${classes[before]} before`}. The marks are the whole network's.`);
    });

    root.append(
      make("p", { class: "rl-net-title" }, "Block X-ray"),
      chooser.element,
      make("div", { class: "rl-net-controls" }, make("label", {}, make("span", {}, "block"), choose), residual.element, skip.element),
      maps, words,
      make("p", { class: "rl-net-small" }, "Full colour: above zero. Violet: below zero. All three rows have one scale."),
      make("div", { class: "rl-net-columns" },
        make("div", {}, make("div", { class: "rl-net-stage small" }, canvas), table),
        make("div", {}, status.element, scores.element)));
    chooser.start();
  };

  const best = (scores) => scores.indexOf(Math.max(...scores));
  const meanSize = ({ numbers }) => numbers.reduce((sum, value) => sum + Math.abs(value), 0) / numbers.length + 1e-12;
  const channel = ({ numbers, channels }, c) => numbers.filter((_, i) => i % channels === c);
  const largest = (map, c) => channel(map, c).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

  // The numbers of the channels with the most energy, in ascending order.
  const strongest = (map, count) => {
    const energy = new Float64Array(map.channels);
    map.numbers.forEach((value, i) => { energy[i % map.channels] += value * value; });
    return [...energy.keys()].sort((a, b) => energy[b] - energy[a]).slice(0, count).sort((a, b) => a - b);
  };

  // One channel in the colour of its path: full at `top`, the page's own at zero, violet below it.
  const paintChannel = (root, map, c, kind, top, name) => {
    const canvas = make("canvas", { width: map.width, height: map.height, role: "img", "aria-label": `${name}, channel ${c}` });
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    const above = kind === "sum" ? style.color : style.getPropertyValue(`--rl-${kind}`), below = style.getPropertyValue("--rl-extra");
    channel(map, c).forEach((value, i) => {
      context.globalAlpha = Math.min(1, Math.abs(value) / top);
      context.fillStyle = value > 0 ? above : below;
      context.fillRect(i % map.width, Math.floor(i / map.width), 1, 1);
    });
    return canvas;
  };

  // What the same cuts do to the accuracy on all validation images, if it was recorded for this network.
  const recordedTable = (chosen) => {
    if (!net.cuts) return "";
    const percent = (share) => `${(share * 100).toFixed(1)} %`;
    const row = ({ name, without_residual: residual, without_skip: skip }) =>
      make("tr", { "aria-current": name === chosen ? "true" : false },
        ...[name, percent(residual), percent(skip)].map((words) => make("td", {}, words)));
    return make("table", {},
      make("caption", {}, `All ${net.cuts.images.toLocaleString("en")} validation images: ${percent(net.cuts.whole)} right with the whole network`),
      make("thead", {}, make("tr", {}, ...["block", "without F(x)", "without skip"].map((words) => make("th", { scope: "col" }, words)))),
      make("tbody", {}, ...net.cuts.blocks.map(row)));
  };
})();
