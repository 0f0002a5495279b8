"""Pages of planned sessions: every step and every cut stands on them, and the clock adds up."""

import pytest
from timelines import rows

from resnet_live.live.pages import page_parts, plan_page, session_plan


@pytest.mark.parametrize("session", session_plan.read_sessions(), ids=lambda session: session.name)
def test_a_plan_page_names_every_step_and_every_cut(session):
    page = plan_page.plan_page(session)
    found = rows(page)
    assert found[-1] == ("end", session.minutes, 0)
    assert sum(long for *_, long in found) == session.minutes
    for item in session.items:
        for step in item.steps if item.kind == "steps" else ():
            assert f"run_sheet_{item.chapter.number:02d}.html#{page_parts.anchor_of(step)}" in page
    for cut in session.cuts:
        assert f"**At {page_parts.clock_face(session.begins(cut.leave[0]))} leave " in page and cut.say in page
    assert all(line in page for line in session.before)


def test_a_title_that_ends_as_a_sentence_gets_no_second_stop():
    assert [page_parts.as_sentence(title) for title in ("Error, or silent?", "A block")] == [
        "Error, or silent?",
        "A block.",
    ]
