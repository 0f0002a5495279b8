// Your own picture: any size in, ten numbers out. The picture as the network gets it, under its class activation map.
(() => {
  const net = window.resnetLiveNet;
  const { make } = net;
  const SMALLEST = 64, LARGEST = 512, STEP = 16;

  net.figures["own-picture"] = (root, network) => {
    const { facts } = network;
    const classes = net.drawings.map(({ name }) => name);
    let picture = null, chosen = null, answer = null;

    const chooser = net.pictureChooser(root, (next) => {
      picture = next;
      if (keep.checked) fit(width);
      look();
    });
    const scores = net.scoreList(classes, (k) => { chosen = k; show(); });
    const shapes = net.shapeList(), status = net.quietStatus();
    const canvas = make("canvas", { role: "img" }), light = make("canvas", { "aria-hidden": "true" });

    const slider = (name, changed) => {
      const input = make("input", { type: "range", min: SMALLEST, max: LARGEST, step: STEP, value: 128, oninput: () => {
        if (keep.checked) fit(input);
        changed();
      } });
      const value = make("output", {}, "128");
      return { input, value, element: make("label", {}, make("span", {}, name), input, value) };
    };
    const keep = make("input", { type: "checkbox", checked: true, onchange: () => { if (keep.checked) fit(width); look(); } });
    const map = make("input", { type: "checkbox", checked: true, onchange: () => show() });
    const look = net.atNextFrame(() => {
      if (!picture) return;
      for (const { input, value } of [tall, wide]) value.textContent = input.value;
      answer = network.look(net.normalised(net.resized(picture, +width.value, +height.value)));
      net.paint(canvas, net.resized(picture, +width.value, +height.value));
      show();
    });
    const wide = slider("width", look), tall = slider("height", look);
    const width = wide.input, height = tall.input;

    // The other side follows, so that the picture keeps its shape as well as the sliders' ends and steps allow.
    const fit = (moved) => {
      if (!picture) return;
      const ratio = picture.height / picture.width;
      if (moved === width) height.value = width.value * ratio;
      else width.value = height.value / ratio;
    };

    const show = () => {
      if (!answer) return;
      const winner = answer.scores.indexOf(Math.max(...answer.scores)), shown = chosen ?? winner;
      scores.show(answer.scores, shown);
      shapes.show(answer.shapes);
      spotlight(light, network.classMap(answer.features, shown), +width.value, +height.value, map.checked);
      canvas.setAttribute("aria-label", `the picture at ${height.value} × ${width.value} pixels${map.checked ? `, bright where the network found ${classes[shown]}` : ""}`);
      const share = Math.round(net.softmax(answer.scores)[winner] * 100);
      status.say(`${classes[winner]}, ${share} %. ${height.value} × ${width.value} pixels in, ten numbers out, ${answer.ms.toFixed(0)} ms.`);
    };

    root.append(
      make("p", { class: "rl-net-title" }, "Your own picture"),
      chooser.element,
      make("div", { class: "rl-net-columns" },
        make("div", {},
          make("div", { class: "rl-net-stage" }, canvas, light),
          make("div", { class: "rl-net-sliders" }, tall.element, wide.element,
            make("label", {}, keep, make("span", {}, "keep the picture's shape")),
            make("label", {}, map, make("span", {}, "show where it looked")))),
        make("div", {}, status.element, scores.element,
          make("p", { class: "rl-net-small" }, "Score, and its share of all ten. Press a class to see where the network finds it."))),
      shapes.element,
      make("p", { class: "rl-net-small" }, about(facts)));
    chooser.start();
  };

  // Dark where the map says nothing for the class, clear where it says most.
  const spotlight = (canvas, { numbers, height, width }, shownWidth, shownHeight, on) => {
    canvas.width = shownWidth;
    canvas.height = shownHeight;
    if (!on) return;
    const top = Math.max(...numbers, 1e-6), small = new OffscreenCanvas(width, height);
    const pixels = new ImageData(width, height);
    numbers.forEach((value, i) => { pixels.data[4 * i + 3] = 170 * (1 - Math.max(0, value) / top); });
    small.getContext("2d").putImageData(pixels, 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, shownWidth, shownHeight);
  };

  const about = ({ valid_accuracy: accuracy, design, recipe, date }) =>
    `A ResNet with ${design.widths.join(", ")} channels, trained on photographs at ${recipe.size} px for ${recipe.epochs} epochs (${date}): ` +
    `${(accuracy * 100).toFixed(1)} % right on the validation images. It knows ten things and must name one of them. No picture leaves this page.`;
})();
