"""The questions that the chapters ask before they show: text, choices and reasons, one file a chapter, `chNN.toml`.

They stand apart from the notebooks, so that no page, download, slide or live notebook gives an answer before somebody has chosen.
A file has a table for each question, named by its step:

    ["2.5"]
    ask = "A 3×3 convolution with no padding and stride 1, on 128×128. What is the new height?"
    right = "126"                      # left out where the page works it out from its results
    sure = "why no result can change that"  # else a cell of the page must check it: page.claim_answer("2.5", …)
    [["2.5".choices]]
    text = "128"
    why = "Only with padding 1. Without it the window cannot stand on the border pixels."

In `ask`, `text` and `why`, `` `code` `` is set as code; `{name}` stands for a value that the page gives.
"""

from resnet_live.questions.question import (
    Choice,
    Question,
    QuestionError,
    asked_by,
    chapter_questions,
    find_question,
    question_file,
)

__all__ = ["Choice", "Question", "QuestionError", "asked_by", "chapter_questions", "find_question", "question_file"]
