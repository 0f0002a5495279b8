// The students' page.

import { bars, clock, codeLines, follow, looks, make, post, worded } from "./stream.js";

const the = (name) => document.getElementById(name);
const cells = the("cells");
const shown = new Map(); // place → { article, told }
let offset = 0; // the server's clock less ours, in seconds
let timer = null;
let vote = null;
let mine = { signal: "", choice: null };
let room = { done: 0, present: 0 };
let unfolded = false; // whether a vote of the past is shown all the same
let following = true;
let fresh = 0;

looks(the("theme"), the("larger"), the("smaller"));

follow("/events", {
  reset: () => {
    shown.forEach(({ article }) => article.remove());
    shown.clear();
    take("vote", null);
    take("timer", null);
  },
  item: take,
  time: (now) => {
    offset = now - Date.now() / 1000;
  },
  state: (connected) => {
    const state = the("state");
    state.textContent = connected ? "Connected" : "Disconnected: trying again …";
    state.classList.toggle("lost", !connected);
    if (connected) whoAmI();
  },
});

function take(key, value) {
  if (key.startsWith("cell.")) showCell(Number(key.slice(5)), value);
  else if (key === "vote") showVote(value);
  else if (key === "timer") timer = value;
  else if (key === "room" && value) room = value;
  else if (key === "round") whoAmI();
  showTimer();
}

async function whoAmI() {
  try {
    const reply = await fetch("/me");
    if (reply.ok) mine = await reply.json();
  } catch {
    return; // the stream says that there is no connection
  }
  showSignals();
  if (vote) showVote(vote);
}

// ---- cells ----

function showCell(place, cell) {
  const before = shown.get(place);
  if (cell === null) {
    before?.article.remove();
    shown.delete(place);
    return;
  }
  const article = drawn(place, cell);
  if (before) before.article.replaceWith(article);
  else {
    const next = [...shown.keys()].filter((other) => other > place).sort((a, b) => a - b)[0];
    cells.insertBefore(article, next === undefined ? null : shown.get(next).article);
  }
  const told = !cell.running;
  if (told && !before?.told) announce(cell);
  shown.set(place, { article, told: told || before?.told });
  the("empty").hidden = shown.size > 0;
  if (following) toNewest();
  else if (!before) {
    fresh += 1;
    showNewest();
  }
}

function announce(cell) {
  const what = cell.failed ? "It failed." : cell.wrong ? "It ran, and is wrong." : "";
  the("news").textContent = `Run: ${cell.step} ${cell.prompt} ${what}`.trim();
}

function drawn(place, cell) {
  const article = make("article", cell.failed ? "failed" : cell.wrong ? "wrong" : cell.running ? "running" : "");
  article.setAttribute("aria-labelledby", `head-${place}`);
  const head = make("h2");
  head.id = `head-${place}`;
  if (cell.step) head.append(make("span", "number", cell.step), " ");
  head.append(worded(make("span", "prompt"), cell.prompt || (cell.step ? "" : "Typed in class")));
  article.append(head);
  const verdict = cell.running ? "running …" : cell.failed ? "failed" : cell.wrong ? "ran, and is wrong" : "";
  if (verdict) head.append(" ", make("span", "verdict", verdict));
  if (cell.fixes.length && cell.difference.length) {
    article.append(make("p", "fixes", `What fixes ${cell.fixes.join(" and ")}:`), difference(cell.difference));
    const whole = make("details");
    whole.append(make("summary", "", "The whole cell"), code(cell.colours));
    article.append(whole);
  } else {
    if (cell.fixes.length) article.append(make("p", "fixes", `Fixes ${cell.fixes.join(" and ")}.`));
    article.append(code(cell.colours));
  }
  cell.outputs.forEach((output) => article.append(...outputOf(output)));
  const foot = make("p", "foot");
  const copy = make("button", "", "Copy");
  copy.setAttribute("aria-label", `Copy the code of ${cell.step || "this cell"}`);
  copy.onclick = () => copyText(cell.code, copy);
  foot.append(copy, make("span", "", "State until here:"));
  for (const kind of ["py", "ipynb"]) {
    const link = make("a", "", `.${kind}`);
    link.href = `/state/${place}.${kind}`;
    link.download = "";
    link.setAttribute("aria-label", `Everything until ${cell.step || "this cell"} as .${kind}`);
    foot.append(link);
  }
  article.append(foot);
  return article;
}

function scrolling(className) {
  const pre = make("pre", className);
  pre.tabIndex = 0; // so that the keyboard can scroll it sideways
  return pre;
}

function code(pieces) {
  const pre = scrolling("code");
  pre.append(...codeLines(pieces));
  return pre;
}

function difference(lines) {
  const pre = scrolling("difference");
  for (const [sign, text] of lines) {
    const kind = { "+": "added", "-": "removed", "…": "left-out" }[sign] || "same";
    pre.append(make("span", kind, sign === "…" ? "  ⋯\n" : `${sign} ${text}\n`));
  }
  return pre;
}

function outputOf(output) {
  if (output.kind === "picture") {
    const image = make("img", "picture");
    image.alt = output.alt;
    image.onload = () => following && shown.size && toNewest(); // it has its height only now
    let tries = 0;
    image.onerror = () => {
      tries += 1;
      if (tries < 6) setTimeout(() => (image.src = `/picture/${output.name}`), 1500 * tries);
    };
    image.src = `/picture/${output.name}`;
    return [image];
  }
  if (output.kind === "error") {
    const last = make("p", "last", output.last);
    const all = make("details");
    const pre = scrolling("output");
    pre.textContent = output.text;
    all.append(make("summary", "", "The whole message"), pre);
    return [last, all];
  }
  if (output.kind === "words") return [make("p", "words", output.text)];
  const pre = scrolling(output.text.trim().includes("\n") ? "output" : "output one"); // no table that wrapping would break
  pre.textContent = output.text;
  return [pre];
}

async function copyText(text, button) {
  let copied = false;
  try {
    await navigator.clipboard.writeText(text);
    copied = true;
  } catch {
    // Without https a browser has no clipboard but this one.
    const area = make("textarea", "unseen");
    area.value = text;
    document.body.append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = copied ? "Copied" : "Select it, and copy by hand";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

// ---- the newest in sight, unless one reads above ----

function toNewest() {
  const last = shown.get(Math.max(...shown.keys()));
  fresh = 0;
  showNewest();
  const below = document.querySelector("aside").getBoundingClientRect();
  const room = (below.left > 0 ? innerHeight : innerHeight - below.height) * 0.85; // on a phone the buttons lie over the end
  if (last.article.offsetHeight > room) last.article.scrollIntoView({ block: "start" });
  else scrollTo(0, document.documentElement.scrollHeight);
}

function showNewest() {
  const button = the("newest");
  button.hidden = following;
  button.textContent = fresh ? `Jump to newest (${fresh} new)` : "Jump to newest";
}

function look() {
  if (!shown.size) return;
  const end = shown.get(Math.max(...shown.keys())).article.getBoundingClientRect().bottom;
  following = end < innerHeight + 160;
  if (following) fresh = 0;
  showNewest();
}

for (const moved of ["wheel", "touchmove", "keyup", "pointerup"]) addEventListener(moved, () => setTimeout(look, 150), { passive: true });
addEventListener("resize", () => following && shown.size && toNewest());
new ResizeObserver(() => following && shown.size && toNewest()).observe(document.querySelector("aside"));
the("newest").onclick = () => {
  following = true;
  toNewest();
};

// ---- vote, signals, timer ----

function showVote(value) {
  if (value?.step !== vote?.step) mine.choice = value && vote ? null : mine.choice;
  const another = value?.step !== vote?.step;
  vote = value;
  the("vote").hidden = !vote;
  if (!vote) return;
  if (another) unfolded = false;
  showPast();
  worded(the("vote-ask"), vote.ask);
  const place = the("choices");
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.choice : null;
  if (vote.stage === "shown") place.replaceChildren(bars(vote));
  else
    place.replaceChildren(
      ...vote.choices.map((text, choice) => {
        const button = worded(make("button", "choice"), text);
        button.dataset.choice = choice;
        button.disabled = vote.stage !== "open";
        button.setAttribute("aria-pressed", String(mine.choice === choice));
        button.onclick = () => cast(choice);
        return button;
      })
    );
  if (focused !== null) place.querySelector(`[data-choice="${focused}"]`)?.focus();
  const votes = `${vote.total} ${vote.total === 1 ? "vote" : "votes"}`;
  const own = mine.choice === null || mine.choice === undefined ? "" : ` Yours: ${vote.choices[mine.choice]}.`;
  const said = { open: `${votes} so far.${own}`, closed: `Closed, ${votes}.${own}`, shown: `${votes}.${own}` }[vote.stage];
  the("vote-said").textContent = said.replaceAll("`", "");
  if (another) {
    the("news").textContent = `A question: ${vote.ask}`.replaceAll("`", "");
    whoAmI();
  }
}

// A vote that is over makes room for what the class does now: a line, which opens it again.
function showPast() {
  the("vote-past").hidden = !vote.past;
  the("vote-all").hidden = Boolean(vote.past) && !unfolded;
  the("vote-past").setAttribute("aria-expanded", String(unfolded));
  the("vote-past").textContent = `${unfolded ? "Hide" : "Show"} the vote on ${vote.step}`;
}

the("vote-past").onclick = () => {
  unfolded = !unfolded;
  showPast();
};

async function cast(choice) {
  const reply = await post("/vote", { step: vote.step, choice });
  if (reply.ok) mine = { signal: reply.signal, choice: reply.choice };
  showVote(vote);
  if (!reply.ok) the("vote-said").textContent = reply.why;
}

async function say(signal) {
  const reply = await post("/signal", { signal: mine.signal === signal ? "" : signal });
  if (reply.ok) mine = { signal: reply.signal, choice: reply.choice };
  showSignals();
  if (!reply.ok) the("signal-said").textContent = reply.why;
}

function showSignals() {
  for (const name of ["done", "stuck"]) the(name).setAttribute("aria-pressed", String(mine.signal === name));
  the("signal-said").textContent = { done: "You said: done.", stuck: "You said: stuck.", "": "" }[mine.signal] ?? "";
}

the("done").onclick = () => say("done");
the("stuck").onclick = () => say("stuck");

function showTimer() {
  the("timer").hidden = !timer;
  if (!timer) return;
  const left = timer.ends - offset - Date.now() / 1000;
  the("left").textContent = left > 0 ? clock(left) : "Time is up";
  the("timer").classList.toggle("over", left <= 0);
  the("timer-label").textContent = timer.label;
  the("done-count").textContent = `${room.done} of ${room.present} done`;
}

setInterval(showTimer, 500);
