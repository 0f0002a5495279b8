import random

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_live.data import CLASSES, dataloaders, find_source, torch_loaders
from resnet_live.data.folder import read_folder
from resnet_live.devices import loader_processes
from resnet_live.profiles import PROFILES, Profile

PROFILE = Profile("tiny", 100, 50, 1, 32, 10)
NAMES = list(CLASSES.values())


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    """Starting loader processes costs more than the tests; one test below uses them."""
    monkeypatch.setattr("resnet_live.devices.loader_processes", lambda: 0)


@pytest.fixture
def source(drawn):
    return read_folder(drawn, "folder", "drawn")


def fastai(source, **options):
    return dataloaders(source=source, profile=PROFILE, device=torch.device("cpu"), **options)


def plain(source, **options):
    return torch_loaders(source=source, profile=PROFILE, **options)


def reseed():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def test_a_fastai_batch(source):
    dls = fastai(source)
    x, y = dls.train.one_batch()
    assert (tuple(x.shape), x.dtype, y.dtype) == ((10, 3, 32, 32), torch.float32, torch.int64)
    assert list(dls.vocab) == NAMES
    assert (len(dls.train_ds), len(dls.valid_ds)) == (100, 50)


def test_a_plain_batch(source):
    train, valid = plain(source)
    x, y = next(iter(train))
    assert (tuple(x.shape), x.dtype, y.dtype) == ((10, 3, 32, 32), torch.float32, torch.int64)
    assert type(x) is torch.Tensor
    assert (len(train), len(valid.dataset)) == (10, 50)


@pytest.mark.parametrize("options", [{"size": 48}, {"size": 20, "batch_size": 7}])
def test_size_and_batch_size(source, options):
    shape = (options.get("batch_size", 10), 3, options["size"], options["size"])
    assert fastai(source, **options).train.one_batch()[0].shape == shape
    assert next(iter(plain(source, **options)[0]))[0].shape == shape


def test_both_give_the_same_validation_batches(source):
    ours = list(plain(source, augment=False)[1])
    theirs = list(fastai(source, augment=False).valid)
    assert len(ours) == len(theirs)
    for (x, y), (xf, yf) in zip(ours, theirs, strict=True):
        assert y.tolist() == yf.tolist()
        assert torch.allclose(x, torch.Tensor(xf), atol=1e-5)


def test_labels_are_the_folders(source):
    labels = torch.cat([y for _, y in plain(source)[1]]).tolist()
    wnids = list(CLASSES)
    assert labels == [wnids.index(file.parent.name) for file in source.subset(PROFILE).valid]
    assert sorted(set(labels)) == list(range(10))


def test_values_are_normalised_by_imagenets_statistics(source):
    x, _ = next(iter(plain(source, size=48, augment=False)[1]))
    with Image.open(source.subset(PROFILE).valid[0]) as image:
        pixels = np.asarray(image, dtype=float) / 255
    wanted = (pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert np.allclose(x[0].permute(1, 2, 0).numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("shape", [(90, 48), (48, 90), (30, 30)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_other_shapes_and_grey_images(images, shape, mode):
    file = sorted((images / "val" / "n01440764").iterdir())[0]
    Image.new(mode, shape, 90).save(file)
    source = read_folder(images, "folder", "")
    x, _ = next(iter(plain(source)[1]))
    assert x.shape == (10, 3, 32, 32)
    assert fastai(source).valid.one_batch()[0].shape == (10, 3, 32, 32)


def fastai_order(source, seed):
    return [int(i) for i in fastai(source, seed=seed).train.get_idxs()]


def test_fastais_order_hangs_on_the_seed_alone(source):
    random.seed(1)
    first = fastai_order(source, 3)
    random.seed(2)
    assert fastai_order(source, 3) == first
    assert fastai_order(source, 4) != first
    assert sorted(first) == list(range(100))


def test_fastais_epochs_differ(source):
    train = fastai(source).train
    train.randomize()
    first = train.get_idxs()
    train.randomize()
    assert train.get_idxs() != first


def test_asking_for_loaders_leaves_the_random_state_alone(source):
    """Else three runs with three seeds would start from the same weights."""
    reseed()
    expected = (random.random(), np.random.rand(), torch.rand(1).item())
    reseed()
    fastai(source), plain(source)
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected


def test_with_the_same_seeds_a_whole_fastai_batch_repeats(source):
    batches = []
    for _ in range(2):
        dls = fastai(source, seed=5)
        reseed()
        batches.append(next(iter(dls.train)))
    assert torch.equal(*(torch.Tensor(x) for x, _ in batches))


def test_plain_epochs_differ_and_repeat_with_the_seed(source):
    def labels(loader):
        return [y.tolist() for _, y in loader]

    one, again, other = plain(source, seed=1)[0], plain(source, seed=1)[0], plain(source, seed=2)[0]
    first = labels(one)
    assert labels(again) == first
    assert labels(one) == labels(again) != first
    assert labels(other) != first


def test_without_augmentation_every_epoch_sees_the_same_pictures(images):
    # Wide pictures: a crop at a random place would show.
    for file in (images / "train" / "n01440764").iterdir():
        with Image.open(file) as image:
            image.resize((96, 48)).save(file)
    source = read_folder(images, "folder", "")
    for train in (fastai(source, augment=False).train_ds, plain(source, augment=False)[0].dataset):
        assert len(train) == 100
    dls = fastai(source, augment=False)
    looks = [dls.train.new(shuffle=False, drop_last=False) for _ in range(2)]
    random.seed(1)
    first = torch.cat([torch.Tensor(x) for x, _ in looks[0]])
    random.seed(2)
    assert torch.equal(first, torch.cat([torch.Tensor(x) for x, _ in looks[1]]))


def test_with_augmentation_they_differ(source):
    reseed()
    dls = fastai(source).train.new(shuffle=False)
    first, second = (torch.Tensor(next(iter(dls))[0]) for _ in range(2))
    assert not torch.equal(first, second)
    dataset = plain(source)[0].dataset
    assert not torch.equal(dataset[0][0], dataset[0][0])


@pytest.mark.skipif(loader_processes() == 0, reason="no loader processes on this system")
def test_loader_processes_give_the_same(source, monkeypatch):
    alone = [y.tolist() for _, y in plain(source)[0]]
    monkeypatch.setattr("resnet_live.devices.loader_processes", lambda: 2)
    assert [y.tolist() for _, y in plain(source)[0]] == alone


@pytest.mark.slow
def test_the_real_images(real_images, monkeypatch):
    """Only with RESNET_LIVE_DATA set: its folder passes the check and both loaders read from it."""
    monkeypatch.setenv("RESNET_LIVE_DATA", real_images)
    source = find_source(download=False)
    assert source.kind == "folder"
    smoke = PROFILES["smoke"]
    x, y = dataloaders(source=source, profile=smoke, device=torch.device("cpu")).train.one_batch()
    assert x.shape == (smoke.batch_size, 3, smoke.size, smoke.size)
    x, y = next(iter(torch_loaders(source=source, profile=smoke)[0]))
    assert abs(float(x.mean())) < 1.5
    assert set(y.tolist()) <= set(range(10))
