// The stream of the server's items: reconnects by itself, and asks for what it has missed.

const SILENCE = 25000; // milliseconds without a word: the line is dead, whatever the browser thinks

export function follow(address, { item, reset, time, state }) {
  let source = null;
  let seen = "";
  let heard = 0;
  let again = 0;

  function open() {
    clearTimeout(again);
    source = new EventSource(seen ? `${address}?after=${encodeURIComponent(seen)}` : address);
    heard = Date.now();
    source.onopen = () => {
      heard = Date.now();
      state(true);
    };
    source.onerror = () => {
      state(false);
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(again);
        again = setTimeout(open, 700 + Math.random() * 800); // not all browsers of a room at one moment
      }
    };
    const on = (kind, action) =>
      source.addEventListener(kind, (event) => {
        heard = Date.now();
        if (event.lastEventId) seen = event.lastEventId;
        action(JSON.parse(event.data));
      });
    on("item", ({ key, value }) => item(key, value));
    on("reset", reset);
    on("time", time);
  }

  setInterval(() => {
    if (Date.now() - heard > SILENCE) {
      source.close();
      state(false);
      open();
    }
  }, 5000);
  open();
}

export async function post(address, body) {
  try {
    const reply = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = reply.headers.get("Content-Type")?.startsWith("application/json") ? await reply.json() : {};
    if (reply.ok) return { ok: true, ...said };
    return { ok: false, why: said.why || (reply.status === 429 ? "Too many presses: wait a moment." : "That did not work. Load the page anew.") };
  } catch {
    return { ok: false, why: "No connection: that was not sent." };
  }
}

// Elements with text only: nothing that comes from outside is ever taken for HTML.
export function make(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

// Text in which `code` stands between backticks.
export function worded(parent, text) {
  parent.replaceChildren(
    ...text.split(/`([^`]+)`/).map((part, place) => (place % 2 ? make("code", "", part) : document.createTextNode(part)))
  );
  return parent;
}

// Code in lines of their own: where they do not fit, the style wraps them below their beginning. `pieces`: [class, text].
export function codeLines(pieces) {
  const lines = [make("span", "line")];
  for (const [kind, text] of pieces) {
    text.split(/(?<=\n)/).forEach((part) => {
      if (lines.at(-1).textContent.endsWith("\n")) lines.push(make("span", "line"));
      lines.at(-1).append(kind ? make("span", `t-${kind}`, part) : document.createTextNode(part));
    });
  }
  lines.forEach((line) => line.style.setProperty("--indent", `${line.textContent.search(/\S|$/)}ch`));
  return lines;
}

export function clock(seconds) {
  const left = Math.max(0, Math.round(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

export function bars(vote) {
  const list = make("ul", "bars");
  vote.choices.forEach((text, place) => {
    const count = vote.counts[place];
    const right = vote.right === text;
    const row = make("li", right ? "right" : "");
    const choice = worded(make("span", "choice"), text);
    if (right) choice.append(make("span", "mark", " ✓ right"));
    const bar = make("span", "bar");
    bar.append(make("span"));
    bar.firstChild.style.width = `${vote.total ? (100 * count) / vote.total : 0}%`;
    row.append(choice, make("span", "count", `${count}`), bar);
    if (vote.why?.[place] && vote.stage === "shown") row.append(worded(make("p", "why"), vote.why[place]));
    list.append(row);
  });
  return list;
}

// Light, dark, and the size of the type: kept in this browser alone.
export function looks(themeButton, larger, smaller) {
  const kept = (name, value) => {
    try {
      if (value !== undefined) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const theme = kept("board.theme") || (dark.matches ? "dark" : "light");
    root.dataset.theme = theme;
    themeButton.textContent = theme === "dark" ? "Light" : "Dark";
  };
  themeButton.onclick = () => {
    kept("board.theme", root.dataset.theme === "dark" ? "light" : "dark");
    root.dataset.theme = kept("board.theme") || (root.dataset.theme === "dark" ? "light" : "dark");
    themeButton.textContent = root.dataset.theme === "dark" ? "Light" : "Dark";
  };
  dark.addEventListener("change", show);
  show();
  if (!larger) return;
  let size = Number(kept("board.size")) || 1;
  const resize = (factor) => {
    size = Math.min(2.2, Math.max(0.8, size * factor));
    kept("board.size", size);
    root.style.setProperty("--size", size);
  };
  larger.onclick = () => resize(1.15);
  smaller.onclick = () => resize(1 / 1.15);
  resize(1);
}
