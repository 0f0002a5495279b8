"""What a chapter calls by the name of this package: `page.start()`, `page.provenance(source, profile, page.Trainer.LEARNER)`,
`page.message(…)`, `page.comparisons(…)`, `page.claim(sentence, condition)`.

Each function stands in the module of its name.
"""

from resnet_live.page.claim import claim, claim_answer, error_of
from resnet_live.page.comparisons import comparisons
from resnet_live.page.message import message
from resnet_live.page.provenance import Trainer, provenance
from resnet_live.page.start import start

__all__ = ["Trainer", "claim", "claim_answer", "comparisons", "error_of", "message", "provenance", "start"]
