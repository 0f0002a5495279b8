"""Images for the course: found, checked, or drawn; as fastai DataLoaders and as plain PyTorch loaders.

source = find_source()                 # where the images are
dls = dataloaders(source=source)       # fastai
train, valid = torch_loaders()         # PyTorch
"""

from resnet_live.data.errors import DataError
from resnet_live.data.imagenette import CLASSES
from resnet_live.data.loaders import dataloaders, torch_loaders
from resnet_live.data.locate import find_source
from resnet_live.data.source import Source

__all__ = ["CLASSES", "DataError", "Source", "dataloaders", "find_source", "torch_loaders"]
