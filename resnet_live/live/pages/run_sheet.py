"""Pages for instructors: a run sheet for each chapter and the timeline of each planned session, as Markdown of the book.

A line `% appears 2.7` stands for what step 2.7 shows. It is a comment of MyST; `fill` replaces it once the chapter is executed.
"""

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from resnet_live.code_in_text import fenced
from resnet_live.live.chapter import Chapter, LiveError, Step, consecutive
from resnet_live.live.myst import dropdowns, literal, sections
from resnet_live.live.pages import executed_outputs
from resnet_live.live.pages.live_notebook import write_when_changed
from resnet_live.live.pages.session_plan import Cut, Item, Session, sessions_folder
from resnet_live.live.planned_fix import planned_fix

# The instructor's guide: the minutes of the steps are without discussion, plan half as much again.
DISCUSSION = 0.5
PLACES = "chapters/exercises.toml"
# The first line of a page that is made here; a comment of MyST.
GENERATED = "% Made by `resnet-live live sheets`"

KINDS = {
    "setup": "set-up",
    "typed": "type",
    "mistake": "planned mistake",
    "fix": "fix",
    "figure": "figure",
    "predict": "vote",
}
_PLACEHOLDER = re.compile(r"^% appears (\d+\.\d+)$", re.MULTILINE)


# ---- run sheets ----


@dataclass(frozen=True)
class Pause:
    """An exercise in class: its `id`, `title`, `minutes`, and the exercises that it `needs`."""

    id: str
    title: str
    minutes: float
    needs: tuple[str, ...]


def run_sheet(chapter: Chapter, places: dict[str, str]) -> str:
    """The run sheet of a chapter. `places`: exercise → the step after which a class can do it."""
    pauses = _pauses(chapter, places)
    by_section: list[tuple[str, list[Step]]] = []
    for step in chapter.steps:
        if not by_section or by_section[-1][0] != step.section:
            by_section.append((step.section, []))
        by_section[-1][1].append(step)
    clock, body, talk = 0.0, [], 0.0
    for section, steps in by_section:
        body.append(f"## {section or 'Before the class comes in'}")
        for step in steps:
            body.append(_sheet_step(chapter, step, clock))
            clock += step.minutes
            for pause in pauses.get(step.number, []):
                body.append(_sheet_pause(pause, clock, chapter))
                clock += pause.minutes
        if section:
            minutes = math.ceil(DISCUSSION * sum(step.minutes for step in steps))
            body.append(_row("talk", clock, minutes, "**Discussion.** Questions of the class."))
            clock, talk = clock + minutes, talk + minutes
    exercises = sum(pause.minutes for found in pauses.values() for pause in found)
    head = [
        f"# Run sheet {chapter.number} · {chapter.title}",
        f'<p class="rl-sheet"><strong>{minutes_word(clock)} in all</strong>: {chapter.minutes:g} for the steps, {talk:g} for '
        f"discussion (half as much again), {exercises:g} for the exercises.</p>",
        _links(chapter),
        "The clock on the left counts hours and minutes from the start. Code in the book's own form stands under what to "
        "type; `%next` types it for you. Exercises are optional pauses: leave one for home, and you are earlier by its minutes.",
    ]
    return "\n\n".join([*head, *body, *_questions(chapter), ""])


def places_of_exercises(folder: Path | None = None) -> dict[str, str]:
    """Exercise → step after which a class can do it, from `sessions/chapters/exercises.toml`. Raises LiveError."""
    file = (folder or sessions_folder()) / PLACES
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LiveError(f"{PLACES} cannot be read: {error}") from error
    for exercise, step in found.items():
        if not (
            isinstance(step, str) and re.fullmatch(r"\d+\.\d+", step) and step.split(".")[0] == exercise.split(".")[0]
        ):
            raise LiveError(
                f"{PLACES}: exercise {exercise} must name a step of its own chapter, like '2.9'; it is {step!r}."
            )
    return found


def misplaced(chapters: list[Chapter], places: dict[str, str]) -> list[str]:
    """A message for each exercise of these chapters without a place, and for each place that is no step or no exercise."""
    from resnet_live.exercise.registry import exercises

    steps = {step.number for chapter in chapters for step in chapter.steps}
    numbers = {chapter.number for chapter in chapters}
    found = [
        f"{PLACES}: exercise {exercise.id} has no line. Say after which step a class can do it."
        for exercise in exercises().values()
        if exercise.chapter in numbers and exercise.id not in places
    ]
    for exercise, step in places.items():
        if exercise not in exercises():
            found.append(f"{PLACES}: there is no exercise {exercise}. Take the line out.")
        elif int(exercise.split(".")[0]) in numbers and step not in steps:
            found.append(f"{PLACES}: exercise {exercise} comes after {step}, and there is no such step.")
    return found


def _pauses(chapter: Chapter, places: dict[str, str]) -> dict[str, list[Pause]]:
    """Step → the exercises behind it; one without a place stands at the end."""
    from resnet_live.exercise.registry import exercises

    found: dict[str, list[Pause]] = {}
    numbers = {step.number for step in chapter.steps}
    for exercise in exercises().values():
        if exercise.chapter == chapter.number:
            place = places.get(exercise.id, chapter.steps[-1].number)
            place = place if place in numbers else chapter.steps[-1].number
            found.setdefault(place, []).append(Pause(exercise.id, exercise.title, exercise.minutes, exercise.needs))
    return found


def _sheet_step(chapter: Chapter, step: Step, clock: float) -> str:
    anchor = f'<span id="{anchor_of(step)}"></span>'
    parts = [f'{anchor}<strong class="rl-number">{step.number}</strong> {_kind(step.kind)} {literal(step.prompt)}']
    if step.typed:
        parts.append(fenced(step.source, "python"))
    elif step.kind == "predict":
        parts.append(_vote(step))
    elif step.kind == "setup":
        parts.append("Run the cell; nothing is typed.")
    if step.kind != "predict":
        parts.append(f"% appears {step.number}")
    parts.append(_box("say", f"**Note:** {literal(step.note)}"))
    if step.kind == "mistake" and (lesson := _lesson(chapter, step)):
        parts.append(_box("lesson", f"**The lesson:** {lesson}"))
    return _row(step.kind, clock, step.minutes, "\n\n".join(parts))


def _sheet_pause(pause: Pause, clock: float, chapter: Chapter) -> str:
    needs = f" It uses the answers of {', '.join(pause.needs)} (or the reference's)." if pause.needs else ""
    words = f"**Pause for exercise {pause.id}:** {pause.title}. `exercises/{chapter.name}.ipynb`.{needs}"
    return _row("exercise", clock, pause.minutes, words)


def _lesson(chapter: Chapter, step: Step) -> str:
    """The text that follows a mistake in the chapter, up to the next heading; else the note of the step that fixes it."""
    after = chapter.steps[chapter.position(step.number) + 1 :]
    if after:
        told = sections(after[0].prose)
        if told and not told[0][0]:
            return _from_here(told[0][1])
    fix = planned_fix(chapter, step)
    return fix.note if fix else ""


def _vote(step: Step) -> str:
    """Question, choices and the answer with its reason, read from the code of a prediction; the code when it cannot be read."""
    asked = executed_outputs.vote(step.source)
    if asked is None:
        return fenced(step.source, "python")
    question, reasons, answer = asked
    choices = "\n".join(f"- {choice}" + (" ← **right**" if choice == answer else "") for choice in reasons)
    return f"{question}\n\n{choices}\n\n*Why:* {reasons[answer]}"


def _questions(chapter: Chapter) -> list[str]:
    import nbformat

    cells = nbformat.read(chapter.path, as_version=4).cells
    found = [pair for cell in cells if cell.cell_type == "markdown" for pair in dropdowns(cell.source)]
    if not found:
        return []
    return [
        "## Questions that learners ask",
        *(_box("question", f"**{ask}**\n\n{_from_here(reply)}") for ask, reply in found),
    ]


def _from_here(markdown: str) -> str:
    """Markdown of a page in book/ as it must stand in book/instructor/: links one folder up, no targets of its own."""
    text = re.sub(r"^\([\w-]+\)=\n", "", markdown, flags=re.MULTILINE)
    return re.sub(r"\]\((?!https?://|#|\.\./)([^)]+)\)", r"](../\1)", text).strip()


# ---- what appears ----


def fill(page: str, chapter: Chapter, executed: Path) -> str:
    """A run sheet with what each step shows in place of `% appears`. `executed`: the folder of executed notebooks."""
    shown = executed_outputs.executed_cells(chapter, executed)

    def put(match: re.Match) -> str:
        step = chapter.find(match[1])
        return _appears(step, shown.get(match[1])) if step else ""

    return _PLACEHOLDER.sub(put, page)


def _appears(step: Step, found: list | None) -> str:
    if found is None:
        words = (
            "An error that is planned." if step.raises else "The figure of this step." if step.kind == "figure" else ""
        )
        return f"*Appears:* {words}" if words else ""
    parts = []
    if text := executed_outputs.as_text(found):
        parts.append(fenced(text, "text"))
    parts += [f"*A figure:* {_escaped(words)}" for words in executed_outputs.pictures(found)]
    if executed_outputs.to_operate(found):
        parts.append("*A figure to operate:* it works in the notebook and on the chapter's page.")
    if message := executed_outputs.error(found):
        parts.append(fenced(message, "text"))
    if not parts:
        return "" if step.kind == "setup" else "*Appears:* nothing; no news is good news."
    return _box("appears", "*Appears:*\n\n" + "\n\n".join(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>$])", r"\\\1", " ".join(text.split()))


# ---- plans ----


def plan_page(session: Session) -> str:
    """The timeline of a planned session, with what to prepare and what to cut."""
    parts = {
        "for steps": session.total("steps"),
        "catching up": session.total("catchup"),
        "for exercises": session.total("exercise"),
        "for discussion": session.total("discussion"),
        "of pause": session.total("pause"),
        "to open and close": session.total("talk"),
    }
    sums = ", ".join(f"{minutes:g} {words}" for words, minutes in parts.items() if minutes)
    share = session.total("discussion") / session.total("steps") if session.total("steps") else 0
    body = [
        f"# {session.title}",
        f'<p class="rl-sheet"><strong>{minutes_word(session.minutes)}</strong>: {sums}.</p>',
        session.summary,
        f"Discussion has {share:.0%} of the time of the steps. That is less than a chapter given alone should have (half as "
        "much again), because the plan takes extracts; when the class asks more, cut below.",
        _plan_links(session),
        "## Before the class comes in",
        "\n".join(f"- {line}" for line in _before(session)),
        "## Timeline",
        *(_plan_item(minute, item) for minute, item in session.timeline()),
        _row("end", session.planned, 0, "**End.**"),
    ]
    if session.cuts:
        body += ["## When it is late", "\n".join(f"- {_cut_words(session, cut)}" for cut in session.cuts)]
    return "\n\n".join([*body, ""])


def _before(session: Session) -> list[str]:
    setups = ", ".join(f"`live/{chapter.name}.ipynb`" for chapter in session.chapters)
    return [
        *session.before,
        f"Make the live notebooks (`resnet-live live build`), open {setups}, and run the first two cells of each: the imports "
        f"take some seconds. Say `%plan {session.name}` in each: `%next`, `%where` and the clock then leave out what this plan "
        "leaves out. Run one step of each with `%next`, then restart, and say it again.",
    ]


def _plan_item(minute: float, item: Item) -> str:
    note = f"\n\n{_box('say', f'**Note:** {literal(item.note)}')}" if item.note else ""
    if item.kind == "steps":
        lines = "\n".join(
            f'- <a class="rl-number" href="{sheet_name(item.chapter)}.html#{anchor_of(step)}">{step.number}</a> '
            f"{_kind(step.kind)} {literal(step.prompt)} ({step.minutes:g})"
            for step in item.steps
        )
        words = f"**Chapter {item.chapter.number} · {item.chapter.title}**\n\n{lines}"
    elif item.kind == "catchup":
        words = f"**Catch up:** `%catchup {item.text}` in chapter {item.chapter.number}. What was left out is run, not typed."
    elif item.kind == "exercise":
        words = f"**Exercise {item.text}:** {_exercise_title(item.text)}."
        if item.minutes < item.full:
            words += f" Begun in class; in full it takes {item.full:g} minutes, so it is finished at home."
    else:
        words = f"**{item.kind.capitalize()}.** {item.text}"
    return _row("talk" if item.kind == "discussion" else item.kind, minute, item.minutes, words + note)


def _exercise_title(exercise: str) -> str:
    from resnet_live.exercise.registry import find

    return find(exercise).title


def _cut_words(session: Session, cut: Cut) -> str:
    left = cut.leave[0] if len(cut.leave) == 1 else _ranges(cut.leave)
    then = f" Then `%catchup {cut.catchup}`." if cut.catchup else ""
    return f"**At {clock_face(session.begins(cut.leave[0]))} leave {left}**: wins {minutes_word(cut.minutes)}.{then} {cut.say}"


def _ranges(numbers: tuple[str, ...]) -> str:
    """ "5.34, 5.36–5.37" for those three numbers."""
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in consecutive(numbers))


# ---- pieces of pages ----


def clock_face(minutes: float) -> str:
    """Minutes from the start as hours and minutes: 75 → "1:15"."""
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


def minutes_word(minutes: float) -> str:
    """ "1 minute", "90 minutes"."""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def sheet_name(chapter: Chapter) -> str:
    """The page of a chapter's run sheet, without suffix: "run_sheet_02"."""
    return f"run_sheet_{chapter.number:02d}"


def anchor_of(step: Step) -> str:
    """The place of a step on its run sheet."""
    return "step-" + step.number.replace(".", "-")


def _kind(kind: str) -> str:
    return f'<span class="rl-kind rl-kind-{kind}">{KINDS[kind]}</span>'


def _row(kind: str, clock: float, minutes: float, body: str) -> str:
    """A row of a timeline: clock and length on the left."""
    long = f" <small>{minutes:g} min</small>" if minutes else ""
    left = f'<p class="rl-clock"><b>{clock_face(clock)}</b>{long}</p>'
    right = f":::::{{container}} rl-body\n{body}\n:::::"
    return f"::::::{{container}} rl-row rl-{kind}\n{left}\n\n{right}\n::::::"


def _box(kind: str, body: str) -> str:
    return f"::::{{container}} rl-{kind}\n{body}\n::::"


def _links(chapter: Chapter) -> str:
    return (
        f'<p class="rl-links"><a href="../{chapter.name}.html">The chapter</a> '
        f'<a href="../../live/{chapter.name}.ipynb" download>Live notebook</a> '
        f'<a href="../../slides/{chapter.name}.html">Slides</a></p>'
    )


def _plan_links(session: Session) -> str:
    links = [
        f'<a href="{sheet_name(chapter)}.html">Run sheet {chapter.number}</a> '
        f'<a href="../../live/{chapter.name}.ipynb" download>Live notebook {chapter.number}</a> '
        f'<a href="../../slides/{chapter.name}.html">Slides {chapter.number}</a>'
        for chapter in session.chapters
    ]
    if session.replay:
        links.append(f'<a href="{session.replay}.html">A rehearsal of this session, to replay</a>')
    return f'<p class="rl-links">{" ".join(links)}</p>'


# ---- writing ----


def pages(chapters: list[Chapter], sessions: list[Session], places: dict[str, str]) -> dict[str, str]:
    """Name without suffix → Markdown, for the run sheet of each chapter and the timeline of each session."""
    found = {sheet_name(chapter): (f"book/{chapter.path.name}", run_sheet(chapter, places)) for chapter in chapters}
    found |= {f"plan_{session.name}": (f"sessions/{session.file.name}", plan_page(session)) for session in sessions}
    return {name: f"{GENERATED} from {source}. Change that.\n\n{text}" for name, (source, text) in found.items()}


def build(texts: dict[str, str], out: Path) -> list[Path]:
    """Write those pages into the folder `out`. Returns the files that are new or have changed. Raises LiveError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [out / f"{name}.md" for name, text in texts.items() if write_when_changed(out / f"{name}.md", text)]
    except OSError as error:
        raise LiveError(f"The run sheets cannot be written to {out}: {error.strerror}. Name another folder.") from error
