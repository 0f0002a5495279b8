"""What Imagenette is: its ten classes, how many images each has, where it is published.

Imagenette v2 (Jeremy Howard, fast.ai): ten easily told classes of ImageNet, https://github.com/fastai/imagenette.
"""

NAME = "imagenette2-160"
URL = f"https://s3.amazonaws.com/fast-ai-imageclas/{NAME}.tgz"
MEGABYTES = 99  # the archive; about as much again unpacked

# WordNet id (the folder's name) → name for people, in the order of the ids: this is the order of the labels 0 to 9.
CLASSES = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}

TRAIN, VALID = "train", "val"  # the folders of the two splits
SPLITS = (TRAIN, VALID)

# Images per class, in the order of CLASSES: 9,469 for training and 3,925 for validation.
COUNTS = {
    TRAIN: dict(zip(CLASSES, (963, 955, 993, 858, 941, 956, 961, 931, 951, 960), strict=True)),
    VALID: dict(zip(CLASSES, (387, 395, 357, 386, 409, 394, 389, 419, 399, 390), strict=True)),
}
