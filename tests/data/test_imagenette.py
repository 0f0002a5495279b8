"""What is known of Imagenette beforehand."""

from resnet_live.data.imagenette import CLASSES, COUNTS


def test_the_numbers_of_imagenette():
    assert {split: sum(classes.values()) for split, classes in COUNTS.items()} == {"train": 9469, "val": 3925}
    assert list(CLASSES) == sorted(CLASSES)
