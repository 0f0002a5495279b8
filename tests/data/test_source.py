"""Parts of a set of images: as many of each class, and always the same ones."""

from resnet_live.data import CLASSES, Source
from resnet_live.data.source import SourceKind
from resnet_live.profiles import PROFILES, Profile


def test_a_subset_has_as_many_of_each_class_is_nested_and_always_the_same(drawn):
    whole = Source(
        SourceKind.FOLDER, drawn, tuple(sorted(drawn.glob("train/*/*"))), tuple(sorted(drawn.glob("val/*/*"))), ""
    )
    some, fewer = Profile("a", 50, 30, 1, 32), Profile("b", 20, 10, 1, 32)
    cut = whole.subset(some)
    assert [sum(f.parent.name == w for f in cut.train) for w in CLASSES] == [5] * 10
    assert [sum(f.parent.name == w for f in cut.valid) for w in CLASSES] == [3] * 10
    assert cut == whole.subset(some) == cut.subset(some)
    assert set(whole.subset(fewer).train) < set(cut.train)
    assert whole.subset(PROFILES["full"]) == whole
