# wrong: the validation folder not named
# says: what is it called here
# base: reference
# replace: GrandparentSplitter(valid_name="val") → GrandparentSplitter()

# wrong: split by chance
# says: not by chance
# points: 8
# base: reference
# replace: GrandparentSplitter(valid_name="val") → RandomSplitter(0.4)

# wrong: the label from the grandparent
# says: right above the file
# points: 8
# base: reference
# replace: parent_label, → lambda file: file.parent.parent.name,

# wrong: the label from the file's name
# says: right above the file
# points: 8
# base: reference
# replace: parent_label, → lambda file: file.name,

# wrong: presizing in the wrong order
# says: final size at once
# base: reference
# replace: Resize(presize) → Resize(size)
# replace: aug_transforms(size=size, min_scale=0.5) → aug_transforms(size=presize, min_scale=0.5)

# wrong: items cut to the final size
# says: final size at once
# points: 8
# base: reference
# replace: Resize(presize) → Resize(size)

# wrong: squished
# says: distorts
# points: 8
# base: reference
# replace: Resize(presize) → Resize(presize, ResizeMethod.Squish)

# wrong: padded
# says: distorts
# points: 8
# base: reference
# replace: Resize(presize) → Resize(presize, method="pad")

# wrong: no item transform
# says: must have one size
# base: reference
# replace: Resize(presize) → None

# wrong: min_scale forgotten
# says: min_scale
# points: 8
# base: reference
# remove: , min_scale=0.5

# wrong: another min_scale
# says: min_scale=0.35
# points: 8
# base: reference
# replace: aug_transforms(size=size, min_scale=0.5) → aug_transforms(size=size, min_scale=0.35)

# wrong: the sizes of the chapter whatever the arguments
# says: whatever it is
# base: reference
# replace: Resize(presize) → Resize(160)
# replace: aug_transforms(size=size, min_scale=0.5) → aug_transforms(size=128, min_scale=0.5)

# wrong: not normalised
# says: no Normalize
# points: 9
# base: reference
# diff:
# -        batch_tfms=[*aug_transforms(size=size, min_scale=0.5), Normalize.from_stats(*imagenet_stats)],
# +        batch_tfms=aug_transforms(size=size, min_scale=0.5),

# wrong: normalised with the first batch
# says: first batch
# points: 9
# base: reference
# replace: Normalize.from_stats(*imagenet_stats) → Normalize()

# wrong: statistics of another data set
# says: which data set
# points: 9
# base: reference
# replace: *imagenet_stats → *cifar_stats

# wrong: no augmentation
# says: aug_transforms turns
# base: reference
# replace: *aug_transforms(size=size, min_scale=0.5) → RandomResizedCropGPU(size, min_scale=0.5)

# wrong: nothing returned
# says: returned nothing
# points: 0
def imagenette_block(presize=160, size=128):
    DataBlock(blocks=(ImageBlock, CategoryBlock), get_items=get_image_files)


# wrong: DataLoaders in place of the block
# says: block itself
# points: 0
def imagenette_block(presize=160, size=128):
    return ImageDataLoaders


# wrong: the arguments in another order
# says: Resize to
# base: reference
# replace: (presize=160, size=128) → (size=128, presize=160)

# wrong: images by one ending only
# says: however its name ends
# base: reference
# replace: get_image_files, → lambda path: list(Path(path).rglob("*.JPEG")),

# wrong: training images only
# says: finds 0 files in val/
# base: reference
# replace: get_image_files, → partial(get_image_files, folders=["train"]),

# wrong: grey images
# says: three channels
# base: reference
# replace: ImageBlock, → ImageBlock(cls=PILImageBW),

# wrong: split by a word in the path
# says: a word anywhere else
# base: reference
# replace: GrandparentSplitter(valid_name="val") → FuncSplitter(lambda file: "val" in str(file))

# wrong: split by another word in the path
# says: a word anywhere else
# base: reference
# replace: GrandparentSplitter(valid_name="val") → FuncSplitter(lambda file: "train" not in str(file))

# wrong: the sets exchanged
# says: exchanged
# base: reference
# replace: GrandparentSplitter(valid_name="val") → GrandparentSplitter("val", "train")

# wrong: the pair of statistics not unpacked
# says: mean and spread
# base: reference
# replace: *imagenet_stats → imagenet_stats

# wrong: a random crop of each item
# says: RandomResizedCrop, and no
# base: reference
# replace: Resize(presize) → RandomResizedCrop(presize)

# wrong: no final size
# says: was not told the final size
# base: reference
# replace: size=size, min_scale=0.5 → min_scale=0.5

# wrong: labels of several categories
# says: no single category
# base: reference
# replace: CategoryBlock) → MultiCategoryBlock)
# replace: parent_label, → lambda file: [file.parent.name],


# right: a splitter that looks for a folder of the path
# base: reference
# replace: GrandparentSplitter(valid_name="val") → FuncSplitter(lambda file: file.parts[-3] == "val")

# right: endings of its own
# base: reference
# replace: get_image_files, → lambda path: [file for file in sorted(path.rglob("*")) if file.suffix.lower() in image_extensions],


# right: other order of the batch transforms, method by name
def imagenette_block(presize=160, size=128):
    return DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        splitter=GrandparentSplitter(valid_name="val"),
        get_y=parent_label,
        item_tfms=Resize((presize, presize), method="crop"),
        batch_tfms=[Normalize.from_stats(*imagenet_stats)] + aug_transforms(min_scale=0.5, size=size),
    )


# right: a splitter and labels of its own
# base: reference
# replace: GrandparentSplitter(valid_name="val") → FuncSplitter(lambda file: file.parent.parent.name == "val")
# replace: parent_label, → lambda file: Path(file).parent.name,

# right: human names for the labels
NAMES = {
    "n01440764": "tench",
    "n02102040": "springer",
    "n03000684": "chain saw",
    "n03394916": "horn",
    "n03417042": "truck",
    "n03888257": "parachute",
}


def imagenette_block(presize=160, size=128):
    return DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        splitter=GrandparentSplitter(valid_name="val"),
        get_y=Pipeline([parent_label, NAMES.get]),
        item_tfms=Resize(presize),
        batch_tfms=[*aug_transforms(size=size, min_scale=0.5), Normalize.from_stats(*imagenet_stats)],
    )


# right: built in steps, with new
def imagenette_block(presize=160, size=128):
    block = DataBlock((ImageBlock(), CategoryBlock()), get_items=partial(get_image_files, recurse=True))
    block = DataBlock(
        blocks=(ImageBlock(PILImage), CategoryBlock),
        get_items=partial(get_files, extensions=image_extensions),
        splitter=GrandparentSplitter("train", "val"),
        get_y=RegexLabeller(r"/([^/]+)/[^/]+$"),
    )
    augment = aug_transforms(size=(size, size), min_scale=0.5, max_lighting=0.3)
    print(len(augment))
    return block.new(item_tfms=[Resize(presize)], batch_tfms=L(augment) + [Normalize.from_stats(*imagenet_stats)])
