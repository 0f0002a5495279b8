# wrong: the sizes swapped
# says: final size already
def item_and_batch_tfms(presize, size):
    return Resize(size), aug_transforms(size=presize, min_scale=0.5)


# wrong: the pair swapped
# says: one image at a time
def item_and_batch_tfms(presize, size):
    return aug_transforms(size=size, min_scale=0.5), Resize(presize)


# wrong: both steps on the items
# says: final size already
def item_and_batch_tfms(presize, size):
    return [Resize(presize), Resize(size)], aug_transforms()


# wrong: the batch keeps the items' size
# says: as large as the items
def item_and_batch_tfms(presize, size):
    return Resize(presize), aug_transforms()


# wrong: no item transform
# says: before they become a batch
def item_and_batch_tfms(presize, size):
    return None, aug_transforms(size=size, min_scale=0.5)


# wrong: one list
# says: two things
# points: 0
def item_and_batch_tfms(presize, size):
    return [Resize(presize), *aug_transforms(size=size, min_scale=0.5)]


# wrong: nothing returned
# says: returned nothing
# points: 0
def item_and_batch_tfms(presize, size):
    Resize(presize), aug_transforms(size=size)


# wrong: not augmented
# says: augment
# points: 5
def item_and_batch_tfms(presize, size):
    crop = RandomResizedCropGPU(size, min_scale=1.0, max_scale=1.0, ratio=(1, 1))
    return Resize(presize), crop


# wrong: the sizes of the chapter
# says: 3×160×160
def item_and_batch_tfms(presize, size):
    return Resize(160), aug_transforms(size=128, min_scale=0.5)


# wrong: cut to the final size first
# says: nothing is left to turn
def item_and_batch_tfms(presize, size):
    return Resize(size), aug_transforms(size=size, min_scale=0.5)


# wrong: validation images flipped half of the time
# says: must not depend on dice
class AlwaysFlip(Transform):
    def encodes(self, x: TensorImage):
        return x.flip(-1) if random.random() < 0.5 else x


def item_and_batch_tfms(presize, size):
    return Resize(presize), [AlwaysFlip(), *aug_transforms(size=size)]


# wrong: the difference of the sizes
# says: final size
def item_and_batch_tfms(presize, size):
    return Resize(presize), aug_transforms(size=presize - size)


# wrong: half of the large size
# says: final size
def item_and_batch_tfms(presize, size):
    return Resize(presize), aug_transforms(size=presize // 2)


# wrong: a size that is always the same
# says: and of another size
def item_and_batch_tfms(presize, size):
    return Resize(160), aug_transforms(size=size)


# wrong: items that are not square
# says: and of another size
def item_and_batch_tfms(presize, size):
    return Resize((presize, size)), aug_transforms(size=size)


# right: with normalisation, as a list
def item_and_batch_tfms(presize, size):
    batch = [*aug_transforms(size=size, min_scale=0.5), Normalize.from_stats(*imagenet_stats)]
    return [[Resize(presize)], batch]


# right: by aug_transforms alone
def item_and_batch_tfms(presize, size):
    item = Resize(presize, ResizeMethod.Squish)
    print(item)
    return item, aug_transforms(size=size)


# right: a random crop on the items, too
def item_and_batch_tfms(presize, size):
    return RandomResizedCrop(presize, min_scale=0.8), aug_transforms(size=size, min_scale=0.75, mult=2)


# right: single transforms
def item_and_batch_tfms(presize, size):
    return Resize((presize, presize)), RandomResizedCropGPU(size, min_scale=0.5)
