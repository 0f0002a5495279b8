"""What an instructor should look at after publishing: what was taken out, shortened, and wrong with the record."""

from dataclasses import dataclass, field


@dataclass
class PublishReport:
    """`removed`: what was taken out, `shortened`: shortened or left out, `problems`: of the record; a sentence each."""

    removed: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def short(self, text: str, most: int, what: str) -> str:
        """`text`, its middle left out when it has more than `most` characters; then it is noted that `what` was shortened."""
        if len(text) <= most:
            return text
        head, tail = text[: most * 2 // 3], text[-most // 4 :]
        left_out = len(text) - len(head) - len(tail)
        self.shortened.append(f"{what}: {left_out:,} of {len(text):,} characters left out")
        return f"{head}\n… [{left_out:,} characters left out; they are in the record] …\n{tail}"

    def lines(self) -> list[str]:
        """All of it for the screen."""
        lines = [f"Taken out: {line}" for line in self.removed]
        lines = lines or ["Taken out: nothing looked like a secret or a path."]
        return lines + [f"Shortened: {line}" for line in self.shortened] + [f"Look: {line}" for line in self.problems]
