// The instructor's page.

import { bars, clock, codeLines, follow, looks, make, post, worded } from "./stream.js";

const the = (name) => document.getElementById(name);
let offset = 0;
let timer = null;
let room = { done: 0, present: 0 };
let stuck = 0;
let answers = true;
const told = { item: "", step: "" }; // the item of the agenda whose minutes stand in the field, the step that is shown

looks(the("theme"));
enter();

// The link's secret opens this page once; then a cookie does.
async function enter() {
  const key = location.hash.slice(1);
  if (key) {
    history.replaceState(null, "", "/remote");
    const reply = await post("/remote/enter", { key });
    if (!reply.ok) return refused(reply.why);
  }
  begin();
}

function refused() {
  the("closed").hidden = false;
  the("state").textContent = "";
}

let begun = false;

async function begin() {
  // A browser without the cookie gets no stream; ask once, so that the page can say so.
  const asking = new AbortController();
  try {
    const reply = await fetch("/remote/events", { signal: asking.signal });
    asking.abort();
    if (reply.status === 403) return refused();
  } catch {
    the("state").textContent = "Disconnected: trying again …";
    setTimeout(begin, 2000);
    return;
  }
  if (begun) return;
  begun = true;
  the("open").hidden = false;
  follow("/remote/events", {
    reset: () => {},
    item: take,
    time: (now) => {
      offset = now - Date.now() / 1000;
    },
    state: (connected) => {
      the("state").classList.toggle("lost", !connected);
      the("state").dataset.connected = connected;
      showState();
    },
  });
  setInterval(showTimer, 500);
}

function take(key, value) {
  if (key === "private.class" && value) showClass(value);
  else if (key === "private.vote") showVote(value);
  else if (key === "private.room" && value) stuck = value.stuck;
  else if (key === "room" && value) room = value;
  else if (key === "timer") timer = value;
  else if (key === "kernel" && value) answers = value.answers;
  showRoom();
  showState();
  showTimer();
}

function showState() {
  const connected = the("state").dataset.connected === "true";
  the("state").textContent = !connected
    ? "Disconnected: trying again …"
    : answers
      ? "Connected"
      : "The kernel does not answer: it is busy, or being restarted";
  the("state").classList.toggle("lost", !connected || !answers);
}

function showRoom() {
  const entry = (name, count) => {
    const made = make("li", count ? name : "");
    made.append(make("strong", "", String(count)), ` ${name}`);
    return made;
  };
  the("room").replaceChildren(entry("stuck", stuck), entry("done", room.done), entry("here", room.present));
}

function showClass(seen) {
  the("clock").textContent = seen.clock;
  worded(the("place"), seen.place);
  the("message").replaceChildren(...seen.message.filter(Boolean).map((line) => worded(make("p"), line)));
  const agenda = seen.agenda;
  the("agenda").hidden = !agenda;
  if (agenda) {
    worded(the("agenda-head"), `${agenda.head}: ${agenda.lines[0]}`);
    worded(the("agenda-text"), agenda.lines.slice(1).join(" "));
    worded(the("agenda-note"), agenda.note);
    the("agenda-note").hidden = !agenda.note;
    if (told.item !== agenda.lines[0]) the("minutes").value = agenda.minutes;
    told.item = agenda.lines[0];
  }
  const step = seen.step;
  the("step").hidden = !step;
  if (!step) worded(the("place"), `${seen.place} ${seen.clock ? "That was the last step." : ""}`);
  else {
    const open = the("wrong").querySelector("details")?.open && told.step === step.number; // the clock moves on: leave it open
    told.step = step.number;
    worded(the("step-head"), `${step.head}: ${step.number} · ${step.prompt}`);
    the("about").textContent = step.about;
    worded(the("note"), step.note);
    the("code").replaceChildren(...codeLines([["", step.code]]));
    the("wrong").replaceChildren(...step.wrong.map((line) => worded(make("p"), line)), ...(step.fix ? [fixCode(step.fix, open)] : []));
  }
  const chosen = the("question").value;
  the("question").replaceChildren(
    ...seen.questions.map((question) => {
      const option = make("option", "", `${question.step} · ${question.ask}`.replaceAll("`", ""));
      option.value = question.step;
      return option;
    })
  );
  the("question").value = seen.asks || chosen || the("question").value;
  if (the("question").selectedIndex < 0) the("question").selectedIndex = 0;
  the("late").hidden = !seen.late.length;
  the("cuts").replaceChildren(...seen.late.map((line) => worded(make("li"), line)));
}

function fixCode(text, open) {
  const all = make("details");
  all.open = open;
  const pre = make("pre", "code");
  pre.append(...codeLines([["", text]]));
  pre.tabIndex = 0;
  all.append(make("summary", "", "The fix"), pre);
  return all;
}

function showVote(vote) {
  if (!vote) {
    the("vote-ask").textContent = "No question is asked.";
    the("vote-bars").replaceChildren();
    return;
  }
  worded(the("vote-ask"), `${vote.step} (${vote.stage}, ${vote.total}): ${vote.ask}`);
  the("vote-bars").replaceChildren(bars(vote));
}

function showTimer() {
  const left = timer ? timer.ends - offset - Date.now() / 1000 : null;
  the("left").textContent = left === null ? "" : left > 0 ? `${clock(left)}, ${room.done} of ${room.present} done` : "Time is up";
}

async function command(name, value = "") {
  const reply = await post("/remote/command", { command: name, value });
  if (!reply.ok) the("message").replaceChildren(make("p", "", reply.why));
}

document.querySelectorAll("[data-command]").forEach((button) => {
  button.onclick = () => command(button.dataset.command);
});
the("vote-open").onclick = () => command("vote", the("question").value);
the("timer-start").onclick = () => command("timer", the("minutes").value);
