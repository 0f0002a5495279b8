"""Chapter 1: back to Imagenette. The exercises are listed in `book/appendices/exercises.md`."""

from __future__ import annotations

import torch

from resnet_live.exercise.definition import Check, Exercise
from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging import messages
from resnet_live.exercise.judging.evidence import Evidence, NotJudged, judgeable
from resnet_live.exercise.observers.observe_ch01 import PER_CLASS

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
DEFAULT = {"presize": 160, "size": 128}
ORDER_HINT = (
    "Presizing: each image is cut to one large square first, by itself, on the CPU. Then the whole batch is augmented and cut to the "
    "final size at once."
)

# ---- 1.1 ----

BLOCK_ERRORS = {
    r"was not included in the training dataset": "A validation image has a label that no training image has: is the label the "
    "parent folder?",
    r"Could not do one pass": "The DataBlock could not make one item. Try `block.summary(path)`: it shows each step and where "
    "it stops.",
    r"from_stats\(\) missing": "`Normalize.from_stats` takes two arguments, mean and spread. "
    "`imagenet_stats` is the pair of them: how are the two taken out of it?",
    r"stack expects each tensor to be equal size|not the same size": "The images have many sizes: an item transform must make them "
    "equal first.",
}


def _calls(evidence: Evidence):
    """(call in words, presize, size, record) of each call."""
    seen = evidence.seen
    yield "imagenette_block()", DEFAULT["presize"], DEFAULT["size"], seen["default"]
    call = f"imagenette_block(presize={seen['presize']}, size={seen['size']})"
    yield call, seen["presize"], seen["size"], seen["other"]
    call = f"imagenette_block({seen['presize']}, {seen['size']})"
    yield call, seen["presize"], seen["size"], seen["position"]


def _looked(evidence: Evidence, every: bool = False):
    """`_calls`, those whose block made DataLoaders. Raises NotJudged when none did; with `every`, when one did not."""
    found = [call for call in _calls(evidence) if call[3]["look"]]
    return judgeable(found, 3 if every else 1)


def _block_works(evidence: Evidence) -> Feedback | None:
    for call, _, _, record in _calls(evidence):
        wanted = "a `DataBlock` that makes DataLoaders"
        if record["error"]:
            return messages.error_feedback(record["error"], call, wanted, BLOCK_ERRORS)
        if feedback := messages.no_value(record["value"], wanted, call):
            return feedback
        if not record["block"]:
            hint = "Return the block itself: what to do with a folder, not yet what is in it."
            return Feedback(messages.value(record["value"]), wanted, call, hint)
    return None


def _block_splits(evidence: Evidence) -> Feedback | None:
    for call, _, _, record in _looked(evidence):
        for part, folder in (("train", "train"), ("valid", "val")):
            files, wanted = record["look"][part]["files"], 2 * PER_CLASS[folder]
            right = [file for file in files if file.startswith(f"{folder}/")]
            if len(right) == len(files) == wanted:
                continue
            name = {"train": "training", "valid": "validation"}[part]
            seen = f"{len(files)} files in the {name} set, {len(right)} of them from `{folder}/`"
            return _not_found(record, call) or Feedback(
                seen, f"the {wanted} images of `{folder}/`", call, _split_hint(record["look"])
            )
    return None


def _not_found(record: dict, call: str) -> Feedback | None:
    """Feedback on a block that does not take every image for an item: no splitter can mend that."""
    for folder, count in PER_CLASS.items():
        found = [file for file in record["found"] or [] if file.startswith(f"{folder}/")]
        if record["found"] is not None and len(found) < 2 * count:
            return Feedback(
                f"`get_items` finds {len(found)} files in `{folder}/`",
                f"the {2 * count} images of `{folder}/`",
                call,
                "Every image file below the path is an item, in whichever folder it lies and however its name ends: .JPEG, .jpg, "
                ".png.",
            )
    return None


def _split_hint(look: dict) -> str:
    """What to look at when all images are found, and a set is not the one of its folder."""
    train, valid = (
        {file.split("/")[0] for file in look["train"]["files"]},
        {file.split("/")[0] for file in look["valid"]["files"]},
    )
    if not valid:
        return "`GrandparentSplitter` looks for a folder `valid` unless you name another. What is it called here?"
    if train == {"val"} and valid == {"train"}:
        return "The two sets are exchanged: what lies in `val` is for validation."
    if {"train", "val"} in (train, valid):
        return (
            "The folder two levels above a file says where it belongs: the split is not by chance, nor by a word anywhere else in "
            "the path."
        )
    return "The folder two levels above a file says where it belongs."


def _block_labels(evidence: Evidence) -> Feedback | None:
    for call, _, _, record in _looked(evidence):
        names: dict[str, str] = {}
        for part in ("train", "valid"):
            look = record["look"][part]
            if None in look["labels"]:
                return Feedback(
                    "labels that are no single category",
                    "one label for each parent folder",
                    call,
                    "Categories out: `CategoryBlock` gives each image one, `MultiCategoryBlock` any number of them.",
                )
            for file, label in zip(look["files"], look["labels"], strict=False):
                folder = file.split("/")[-2]
                if names.setdefault(folder, label) != label or label == "None":
                    seen = f"`{label}` for {file}, `{names[folder]}` for another image of that folder"
                    return Feedback(
                        seen,
                        "one label for each parent folder",
                        call,
                        "The label is the name of the folder right above the file.",
                    )
        if not names:
            raise NotJudged
        if len(set(names.values())) < 2:
            label = next(iter(names.values()))
            hint = "The label is the name of the folder right above the file"
            hint += ", not of one higher up." if label in PER_CLASS else "."
            return Feedback(
                f"one label, `{label}`, for all folders",
                "a label for each parent folder",
                call,
                hint,
            )
    return None


def _items(look: dict) -> list[list[int]]:
    """The shape of each image after the item transforms, of both sets."""
    return [*look["train"]["items"], *look["valid"]["items"]]


def _of(facts: list[dict], base: str) -> dict | None:
    return next((one for one in facts if base in one["bases"]), None)


def _block_presizes(evidence: Evidence) -> Feedback | None:
    for call, presize, size, record in _looked(evidence, every=True):
        wanted = f"`Resize({presize})` by crop as the item transform"
        resize = _of(record["look"]["item_tfms"], "Resize")
        if resize is None:
            seen = "no `Resize` among the item transforms"
            hint = "All images must have one size before they can become a batch."
            if all(item == [3, presize, presize] for item in _items(record["look"])):
                others = [one["class"] for one in record["look"]["item_tfms"] if one["class"] != "ToTensor"]
                seen = f"item transforms {', '.join(others) or 'none'}, and no `Resize`"
                hint = (
                    "The items have the right size. `Resize` by crop is asked for: what is random comes with the batch."
                )
            return Feedback(seen, wanted, call, hint)
        if resize.get("method") != "crop":
            hint = "Squishing distorts, padding invents pixels. The default, a crop, does neither."
            return Feedback(f"`Resize` by {resize.get('method')}", wanted, call, hint)
        if resize.get("size") != [presize, presize]:
            hint = (
                ORDER_HINT
                if resize.get("size") == [size, size]
                else "The size is the argument `presize`, whatever it is."
            )
            return Feedback(f"`Resize` to {messages.shape(resize.get('size', []))}", wanted, call, hint)
    return None


def _block_augments(evidence: Evidence) -> Feedback | None:
    for call, presize, size, record in _looked(evidence, every=True):
        facts = record["look"]["batch_tfms"]
        wanted = f"`aug_transforms(size={size}, min_scale=0.5)` among the batch transforms"
        if not (_of(facts, "AffineCoordTfm") and _of(facts, "LightingTfm")):
            seen = f"batch transforms {', '.join(one['class'] for one in facts) or 'none'}"
            return Feedback(
                seen,
                wanted,
                call,
                "`aug_transforms` turns, zooms, warps and lights; it belongs to the *batch* transforms.",
            )
        crop = _of(facts, "RandomResizedCropGPU")
        if crop is None:
            seen = "no random crop: the whole square is always used"
            return Feedback(
                seen,
                wanted,
                call,
                "`min_scale` says how little of the area a random crop may keep. By default it keeps all.",
            )
        if crop.get("min_scale") != 0.5:
            return Feedback(
                f"min_scale={crop.get('min_scale')}", wanted, call, "Compare `min_scale` with the exercise."
            )
        if crop.get("size") is None:
            hint = "`aug_transforms` was not told the final size."
            return Feedback("a random crop without a `size`", wanted, call, hint)
        if crop.get("size") not in ([size, size], size):
            hint = (
                ORDER_HINT
                if crop.get("size") == [presize, presize]
                else "The size is the argument `size`, whatever it is."
            )
            return Feedback(f"a crop to {messages.shape(crop.get('size', []))}", wanted, call, hint)
    return None


def _block_normalises(evidence: Evidence) -> Feedback | None:
    for call, _, _, record in _looked(evidence):
        norm = _of(record["look"]["batch_tfms"], "Normalize")
        wanted = "`Normalize` with ImageNet's mean and spread"
        if norm is None:
            return Feedback(
                "no `Normalize`", wanted, call, "It goes with the batch transforms; `imagenet_stats` has the numbers."
            )
        for name, right in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            got = norm.get(name)
            if got is None or got.shape != (3,) or not torch.allclose(got.float(), torch.tensor(right), atol=1e-3):
                shown = (
                    "taken from a batch"
                    if got is None
                    else ", ".join(f"{value:.3g}" for value in got.flatten().tolist()[:3])
                )
                hint = (
                    "Without statistics `Normalize` takes those of the first batch. `Normalize.from_stats` takes yours; which "
                    "data set's?"
                )
                return Feedback(f"{name}: {shown}", wanted, call, hint)
    return None


def _batches_sized(look: dict, size: int, call: str, hint: str) -> Feedback | None:
    for part, name in (("train", "training"), ("valid", "validation")):
        given = f"{call}, {len(look[part]['files'])} {name} images"
        wanted = f"a batch of {messages.shape([len(look[part]['files']), 3, size, size])} (float32)"
        if look[part]["error"]:
            return messages.error_feedback(look[part]["error"], given, wanted, BLOCK_ERRORS)
        batch = look[part]["batch"]
        if batch is None:
            return Feedback(
                "no batch: there are no images",
                wanted,
                given,
                "An empty set raises no alarm by itself. Look at its length.",
            )
        if batch.get("shape", [])[1:] != [3, size, size] or batch.get("dtype") != "float32":
            return Feedback(messages.value(batch), wanted, given, hint)
    return None


def _block_batch(evidence: Evidence) -> Feedback | None:
    for call, _, size, record in _looked(evidence, every=True):
        hint = "The batch transforms cut to the final size: which of them was told about it?"
        if feedback := _batches_sized(record["look"], size, call, hint):
            return feedback
        for item in _items(record["look"]):
            if item[0] != 3:
                # `Normalize` makes three channels of a single one: the batch does not show it
                return Feedback(
                    f"images of {messages.shape(item)} before they become a batch",
                    "three channels: red, green and blue",
                    call,
                    "`ImageBlock` opens colour images unless it is given another class.",
                )
    return None


IMAGENETTE_BLOCK = Exercise(
    id="1.1",
    title="The DataBlock of the chapter",
    names=("imagenette_block",),
    params=("presize", "size"),
    minutes=10,
    hints=(
        "A DataBlock answers five questions: `blocks`, `get_items`, `splitter`, `get_y`, `item_tfms`; and `batch_tfms` says "
        "what happens to a "
        "whole batch. How is the folder with the validation images called?",
        "`GrandparentSplitter` and `parent_label` read the path. Big crop in `item_tfms`; in `batch_tfms` the list that "
        "`aug_transforms` gives, with "
        "`Normalize.from_stats` of `imagenet_stats` added to it.",
    ),
    checks=(
        Check("block", "A DataBlock that works", 1, _block_works),
        Check("split", "Training and validation set by folder", 2, _block_splits),
        Check("labels", "The label is the parent folder", 1, _block_labels),
        Check("presize", "Presizing: a large crop, one image at a time", 2, _block_presizes),
        Check("augment", "Augmentation of the whole batch", 2, _block_augments),
        Check("normalise", "Normalised with ImageNet's statistics", 1, _block_normalises),
        Check("batch", "Batches of the final size", 1, _block_batch),
    ),
)

# ---- 1.2 ----

PAIR_ERRORS = BLOCK_ERRORS | {
    r".": "The first of the pair works on one image at a time, on the CPU; the second on a whole batch of tensors. Which of "
    "yours can do that?",
}


def _call(evidence: Evidence) -> str:
    return f"item_and_batch_tfms({evidence.seen['presize']}, {evidence.seen['size']})"


def _is_pair(evidence: Evidence) -> Feedback | None:
    seen, call, wanted = evidence.seen, _call(evidence), "a pair (item transforms, batch transforms)"
    if seen["error"]:
        return messages.error_feedback(seen["error"], call, wanted, PAIR_ERRORS)
    if feedback := messages.no_value(seen["value"], wanted, call):
        return feedback
    if seen["value"]["type"] not in ("tuple", "list") or seen["value"]["count"] != 2:
        return Feedback(messages.value(seen["value"]), wanted, call, "Two things, in this order: `return item, batch`.")
    return None


def _items_large(evidence: Evidence) -> Feedback | None:
    presize, size, look = evidence.seen["presize"], evidence.seen["size"], evidence.seen["look"]
    wanted = f"each image {presize}×{presize} after the item transforms"
    for part, name in (("train", "training"), ("valid", "validation")):
        given = f"{_call(evidence)}, {name} images of many sizes"
        if look[part]["error"] and not look[part]["items"]:
            return messages.error_feedback(look[part]["error"], given, wanted, PAIR_ERRORS)
        for got in look[part]["items"]:
            if got != [3, presize, presize]:
                hint = "No transform makes the items equal in size: on the CPU, one by one, before they become a batch."
                if all(item == got for item in look[part]["items"]):
                    hint = "The items are equal in size, and of another size: height and width are `presize`, whatever it is."
                if got == [3, size, size]:
                    hint = "The items have the final size already. Nothing is left to turn and crop from. " + ORDER_HINT
                return Feedback(f"an image of {messages.shape(got)}", wanted, given, hint)
    return None


def _batches_cut(evidence: Evidence) -> Feedback | None:
    presize, size, look = evidence.seen["presize"], evidence.seen["size"], evidence.seen["look"]
    batch = look["train"]["batch"]
    hint = "The batch transforms cut to the final size, in training and in validation."
    if batch and batch.get("shape", [])[2:] == [presize, presize] and [3, presize, presize] in look["train"]["items"]:
        hint = "The batches are as large as the items. " + ORDER_HINT
    return _batches_sized(look, size, _call(evidence), hint)


def _augmented(evidence: Evidence) -> Feedback | None:
    look, call = evidence.seen["look"], _call(evidence)
    if not look or not all(look[part]["again"] for part in ("train", "valid")):
        raise NotJudged
    train, valid = look["train"], look["valid"]
    if torch.equal(train["batch"]["data"], train["again"]["data"]):
        return Feedback(
            "the same training images came out alike twice",
            "another crop, turn and light each time",
            call,
            "The batch transforms should augment, not only cut: `aug_transforms` takes a `size`.",
        )
    if not torch.allclose(valid["batch"]["data"].float(), valid["again"]["data"].float(), atol=1e-5):
        return Feedback(
            "the same validation images came out differently twice",
            "the same result each time",
            call,
            "What the model is measured on must not depend on dice. fastai's transforms know which set they work on.",
        )
    return None


ITEM_AND_BATCH = Exercise(
    id="1.2",
    title="Presizing in the right order",
    names=("item_and_batch_tfms",),
    params=("presize", "size"),
    minutes=5,
    hints=(
        "Which of the two works on one image at a time, on the CPU? It makes all images equal and leaves room to turn and crop.",
        "`Resize` is an item transform. `aug_transforms` returns a list of batch transforms; tell it the final size.",
    ),
    checks=(
        Check("pair", "A pair of transforms that works", 1, _is_pair),
        Check("item", "Items are cut large", 2, _items_large, ("pair",)),
        Check("batch", "Batches are cut to the final size", 2, _batches_cut, ("pair",)),
        Check("random", "Augmented in training, not in validation", 1, _augmented),
    ),
)

EXERCISES = (IMAGENETTE_BLOCK, ITEM_AND_BATCH)
