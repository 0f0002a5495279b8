// The first thing of a figure that computes with the network: what it is, and a button that loads it. Some megabytes come
// from the book itself, as scripts: a page opened from a disk may load nothing else. No picture ever leaves the page.
(() => {
  const net = window.resnetLiveNet;
  const here = new URL(".", document.currentScript.src).href;

  const FIGURES = {
    "own-picture": { script: "own_picture.js", name: "Your own picture", invites: "Show the network a picture of yours: a photograph, your camera, or one of ten drawings." },
    "block-xray": { script: "block_xray.js", name: "Block X-ray", invites: "Look into a residual block: what comes in, what F adds, and what happens when one of the two paths is cut." },
  };

  // An element with attributes, handlers (`onclick`) and children (elements or texts).
  net.make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
    element.append(...children.filter((child) => child !== null));
    return element;
  };

  const scripts = {};  // name → a promise; each is loaded once
  const loadScript = (name) => (scripts[name] ??= new Promise((resolve, reject) => {
    const onerror = () => { delete scripts[name]; reject(new Error(`${name} is not in this copy of the book`)); };
    document.head.append(net.make("script", { src: here + name, onload: resolve, onerror }));
  }));

  const bytesOf = (base64) => {
    const letters = atob(base64), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);  // Uint8Array.from takes a second for 5 MB
    return bytes;
  };

  // The network, loaded once for all figures of a page.
  let network;
  net.load = () => (network ??= loadNetwork().catch((error) => { network = undefined; throw error; }));
  const loadNetwork = async () => {
    await Promise.all([...Object.keys(net.made), "network.js", "pictures.js", "parts.js"].map(loadScript));
    const wasm = URL.createObjectURL(new Blob([bytesOf(net.engine)], { type: "application/wasm" }));
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);  // threads need a server that sends two more headers
    tf.wasm.setWasmPaths(Object.fromEntries(["", "-simd", "-threaded-simd"].map((kind) => [`tfjs-backend-wasm${kind}.wasm`, wasm])));
    if (!(await tf.setBackend("wasm").catch(() => false))) throw new Error("this browser cannot run WebAssembly with SIMD");
    URL.revokeObjectURL(wasm);
    const loaded = new net.Network(bytesOf(net.weights));
    delete net.engine;
    delete net.weights;
    loaded.look({ numbers: new Float32Array(64 * 64 * 3), height: 64, width: 64 });  // the first time is slower
    return loaded;
  };

  const megabytes = () => Object.values(net.made ?? {}).reduce((sum, bytes) => sum + bytes, 0) / 1e6;

  // What a copy of the book lacks when it was built without the weights, or with no network to fetch the engine by.
  const LACKING = {
    "weights.js": "This copy of the book was built without the weights of the network: `make record NAME=weights` makes them.",
    "engine.js": "This copy of the book was built without the engine that computes the network: npm fetches it, build again with it.",
  };

  const mount = (root) => {
    const { script, name, invites } = FIGURES[root.dataset.rlNet];
    const lacking = Object.keys(LACKING).find((part) => !(part in (net.made ?? {})));
    const says = net.make("p", { class: "rl-net-says", role: "status" });
    const button = net.make("button", { type: "button", class: "rl-net-main", onclick: async () => {
      button.disabled = true;
      says.textContent = "Loading the network …";
      try {
        const loaded = await net.load();
        await loadScript(script);
        root.replaceChildren();
        net.figures[root.dataset.rlNet](root, loaded);
        root.querySelector("button, input, select")?.focus({ preventScroll: true });
      } catch (error) {
        button.disabled = false;
        says.textContent = `The network cannot run here: ${error.message}.`;
      }
    } }, "Load the network (5 MB, from this book)");
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", name);
    root.replaceChildren(
      net.make("p", { class: "rl-net-title" }, name),
      net.make("p", {}, invites),
      lacking ? net.make("p", { class: "rl-net-says" }, LACKING[lacking]) : button,
      net.make("p", { class: "rl-net-small" }, "It runs in this browser, with no server. No picture leaves this page."),
      says,
    );
  };

  net.figures = {};
  for (const root of document.querySelectorAll("[data-rl-net]")) mount(root);
})();
