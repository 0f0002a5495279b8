// What the figures with a network share: choosing a picture, the ten scores, maps in colour.
(() => {
  const net = window.resnetLiveNet;
  const { make } = net;

  // Buttons for a file, the camera and the drawn examples; the whole figure `root` takes a picture that is dropped on it.
  // `use(picture)` is called with each one. Returns {element, start()}: start shows the first drawing.
  net.pictureChooser = (root, use) => {
    const says = make("p", { class: "rl-net-says", role: "status" });
    const video = make("video", { playsinline: true, hidden: true });
    video.muted = true;
    let stream = null;

    const stopCamera = () => {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      camera.textContent = "Use the camera";
    };
    const take = async (file) => {
      stopCamera();
      says.textContent = "";
      try {
        const picture = await net.readPicture(file);
        says.textContent = picture.notes.join(" ");
        use(picture);
      } catch (error) {
        if (!(error instanceof net.PictureError)) throw error;
        says.textContent = error.message;
      }
    };
    const startCamera = async () => {
      if (!navigator.mediaDevices?.getUserMedia) {
        says.textContent = "No camera here: a browser gives it to pages over https, from a disk, or from this machine.";
        return;
      }
      says.textContent = "Your browser asks whether this page may use the camera.";
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
      } catch (error) {
        says.textContent = error.name === "NotAllowedError" ? "The camera was not allowed; nothing was taken." : "No camera was found, or another program has it.";
        return;
      }
      camera.textContent = "Stop the camera";
      says.textContent = "The camera is on. Its pictures go to the network in this page and nowhere else.";
      video.srcObject = stream;
      await video.play();
      const frame = () => {
        if (!stream || !root.isConnected) return;
        if (video.videoWidth) use(net.fromCanvasSource(video, video.videoWidth, video.videoHeight));
        requestAnimationFrame(frame);
      };
      frame();
    };

    const file = make("input", { type: "file", accept: "image/*", class: "rl-net-file", onchange: () => {
      if (file.files[0]) take(file.files[0]);
      file.value = "";  // so that the same file can be chosen again
    } });
    const camera = make("button", { type: "button", onclick: () => (stream ? stopCamera() : startCamera()) }, "Use the camera");
    const drawings = net.drawings.map(({ name, data }) => {
      const address = `data:image/jpeg;base64,${data}`;
      const blob = () => new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
      return make("button", {
        type: "button", class: "rl-net-drawing", title: name, draggable: "true", onclick: () => take(blob()),
        ondragstart: (event) => event.dataTransfer.setData("text/plain", `drawing:${name}`),
      }, make("img", { src: address, alt: `drawing of a ${name}`, draggable: "false" }));
    });

    root.addEventListener("dragover", (event) => { event.preventDefault(); root.classList.add("rl-net-over"); });
    root.addEventListener("dragleave", () => root.classList.remove("rl-net-over"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      root.classList.remove("rl-net-over");
      const words = event.dataTransfer.getData("text/plain");
      const number = net.drawings.findIndex(({ name }) => words === `drawing:${name}`);
      if (number >= 0) drawings[number].click();
      else if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
      else says.textContent = "That was no file. Drop a picture from a folder of yours, or one of the drawings.";
    });

    const element = make("div", { class: "rl-net-choose" },
      make("div", { class: "rl-net-row" },
        make("label", { class: "rl-net-button" }, file, "Choose a picture …"), camera,
        make("span", { class: "rl-net-small" }, "or drop one here, or take a drawing:")),
      make("div", { class: "rl-net-drawings", role: "group", "aria-label": "drawn examples" }, ...drawings),
      says, video);
    return { element, start: () => drawings[0].click() };
  };

  // The ten scores as bars of their shares (softmax). `choose(k)`: called when a class is pressed; without it there is nothing to press.
  // Returns {element, show(scores, chosen, before)}; `before`: scores to compare with, as a mark on each bar.
  net.scoreList = (classes, choose = null) => {
    const rows = classes.map((name, k) => {
      const fill = make("span", { class: "rl-net-fill" }), mark = make("span", { class: "rl-net-mark", hidden: true });
      const number = make("span", { class: "rl-net-number" });
      const parts = [make("span", { class: "rl-net-class" }, name), make("span", { class: "rl-net-bar" }, fill, mark), number];
      const row = choose ? make("button", { type: "button", onclick: () => choose(k) }, ...parts) : make("div", {}, ...parts);
      return { row, fill, mark, number };
    });
    const show = (scores, chosen, before = null) => {
      const shares = net.softmax(scores), shareBefore = before && net.softmax(before);
      const winner = scores.indexOf(Math.max(...scores));
      rows.forEach(({ row, fill, mark, number }, k) => {
        fill.style.width = `${shares[k] * 100}%`;
        mark.hidden = !before;
        if (before) mark.style.left = `${shareBefore[k] * 100}%`;
        number.textContent = `${scores[k].toFixed(2).replace("-", "−")} ${String(Math.round(shares[k] * 100)).padStart(4)} %`;
        if (choose) row.setAttribute("aria-pressed", String(k === chosen));
        row.classList.toggle("rl-net-winner", k === winner);
      });
    };
    return { element: make("ol", { class: "rl-net-scores" }, ...rows.map(({ row }) => make("li", {}, row))), show };
  };

  // The shape behind each part of the network, in the order of the forward pass. Returns {element, show(shapes)}.
  net.shapeList = () => {
    const element = make("ol", { class: "rl-net-shapes" });
    const show = (shapes) => element.replaceChildren(...shapes.map(({ name, shape }) =>
      make("li", {}, make("span", {}, name), make("code", {}, shape.join("×")))));
    return { element, show };
  };

  // Calls `work` at the next frame, once, however often it is asked for until then.
  net.atNextFrame = (work) => {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; work(); });
    };
  };

  // Says `sentence` to a screen reader when it has been the last one for a while: a slider on its way is not read aloud.
  net.quietStatus = () => {
    const shown = make("p", { class: "rl-net-result", "aria-hidden": "true" }), read = make("p", { class: "rl-net-unseen", role: "status" });
    let timer;
    const say = (sentence) => {
      shown.textContent = sentence;
      clearTimeout(timer);
      timer = setTimeout(() => { read.textContent = sentence; }, 600);
    };
    return { element: make("div", {}, shown, read), say };
  };
})();
