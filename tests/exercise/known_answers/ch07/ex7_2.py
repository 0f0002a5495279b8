# wrong: every block has the stride
# says: makes the map smaller by stride once
# points: 2
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(*[block(ni if i == 0 else nf, nf, stride=stride) for i in range(depth)])


# wrong: every block from ni
# says: makes the map
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(*[block(ni, nf, stride=stride if i == 0 else 1) for i in range(depth)])


# wrong: one block over and over
# says: share their weights
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(block(ni, nf, stride=stride), *[block(nf, nf, stride=1)] * (depth - 1))


# wrong: one block too many
# says: depth counts all blocks
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(block(ni, nf, stride=stride), *[block(nf, nf, stride=1) for _ in range(depth)])


# wrong: the stride by place
# says: passed by name
# points: 0
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(block(ni, nf, stride), *[block(nf, nf, 1) for _ in range(depth - 1)])


# wrong: the stride in the last block
# says: it is the first block that makes the map smaller
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni if i == 0 else nf, nf, stride=stride if i == depth - 1 else 1) for i in range(depth)]
    return nn.Sequential(*blocks)


# wrong: the channels change in the last block
# says: what comes into the second
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni, nf if i == depth - 1 else ni, stride=stride if i == 0 else 1) for i in range(depth)]
    return nn.Sequential(*blocks)


# wrong: a list
# says: nn.Module
# points: 0
def make_stage(block, ni, nf, depth, stride):
    return [block(ni, nf, stride=stride)] + [block(nf, nf, stride=1) for _ in range(depth - 1)]


# wrong: a ModuleList
# says: forward
# points: 0
def make_stage(block, ni, nf, depth, stride):
    return nn.ModuleList([block(ni, nf, stride=stride)] + [block(nf, nf, stride=1) for _ in range(depth - 1)])


# wrong: stride forgotten
# says: makes the map smaller by stride once
# points: 2
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(block(ni, nf), *[block(nf, nf) for _ in range(depth - 1)])


# wrong: a pool behind the blocks
# says: its blocks and nothing else
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni, nf, stride=1)] + [block(nf, nf, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(*blocks, nn.AvgPool2d(stride, ceil_mode=True))


# wrong: a ReLU behind the stage
# says: its blocks and nothing else
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni, nf, stride=stride)] + [block(nf, nf, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(*blocks, nn.ReLU())


# wrong: blocks in a Python list
# says: Layers in a Python list
class Model(nn.Module):
    def __init__(self, blocks, head):
        super().__init__()
        self.blocks, self.head = blocks, head

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def make_stage(block, ni, nf, depth, stride):
    return Model([block(ni, nf, stride=stride)] + [block(nf, nf, stride=1) for _ in range(depth - 1)], nn.Identity())


# wrong: no first block where nothing changes
# says: depth counts all blocks
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni, nf, stride=stride)] if ni != nf or stride > 1 else []
    return nn.Sequential(*blocks, *[block(nf, nf, stride=1) for _ in range(depth - 1)])


# wrong: x added to the stage where shapes agree
# says: its blocks and nothing else
class Skipping(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        y = self.blocks(x)
        return y + x if y.shape == x.shape else y


def make_stage(block, ni, nf, depth, stride):
    return Skipping([block(ni, nf, stride=stride), *[block(nf, nf, stride=1) for _ in range(depth - 1)]])


# wrong: copies that share their weights
# says: share their weights
import copy


def make_stage(block, ni, nf, depth, stride):
    first, rest = block(ni, nf, stride=stride), block(nf, nf, stride=1)
    return nn.Sequential(first, *[copy.copy(rest) for _ in range(depth - 1)])


# wrong: copies of the first block
# says: makes the map smaller by stride once
import copy


def make_stage(block, ni, nf, depth, stride):
    first = block(ni, nf, stride=stride)
    return nn.Sequential(first, *[copy.deepcopy(first) for _ in range(depth - 1)])


# wrong: dropout between the blocks
# says: dropout
# points: 5
def make_stage(block, ni, nf, depth, stride):
    layers = [block(ni, nf, stride=stride)]
    for _ in range(depth - 1):
        layers += [nn.Dropout2d(0.1), block(nf, nf, stride=1)]
    return nn.Sequential(*layers)


# wrong: dropout behind the stage
# says: dropout
# points: 5
def make_stage(block, ni, nf, depth, stride):
    blocks = [block(ni, nf, stride=stride)] + [block(nf, nf, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(*blocks, nn.Dropout(0.1))


# wrong: a ModuleList
# says: cannot be called
# points: 0
def make_stage(block, ni, nf, depth, stride):
    return nn.ModuleList([block(nf if i else ni, nf, stride=1 if i else stride) for i in range(depth)])


# right: the default stride for the others
def make_stage(block, ni, nf, depth, stride):
    return nn.Sequential(block(ni, nf, stride=stride), *(block(nf, nf) for _ in range(1, depth)))


# right: a loop that changes ni and stride
def make_stage(block, ni, nf, depth, stride):
    stage = nn.Sequential()
    for _ in range(depth):
        stage.append(block(ni, nf, stride=stride))
        ni, stride = nf, 1
    return stage


# right: a class with an nn.ModuleList
class Stage(nn.Module):
    def __init__(self, first, rest):
        super().__init__()
        self.first, self.rest = first, nn.ModuleList(rest)

    def forward(self, x):
        x = self.first(x)
        for block in self.rest:
            x = block(x)
        return x


def make_stage(block, ni, nf, depth, stride):
    return Stage(block(ni, nf, stride=stride), [block(ni=nf, nf=nf, stride=1) for _ in range(depth - 1)])


# right: stages in stages, by recursion
def make_stage(block, ni, nf, depth, stride):
    if depth == 1:
        return block(ni, nf, stride=stride)
    return nn.Sequential(make_stage(block, ni, nf, depth - 1, stride), block(nf, nf, stride=1))


# right: copies of one block, as in the Annotated Transformer
import copy


def make_stage(block, ni, nf, depth, stride):
    first, rest = block(ni, nf, stride=stride), block(nf, nf, stride=1)
    return nn.Sequential(first, *[copy.deepcopy(rest) for _ in range(depth - 1)])


# right: the first block is made last
def make_stage(block, ni, nf, depth, stride):
    others = [block(nf, nf, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(block(ni, nf, stride=stride), *others)


# right: each block runs again on the way back, to save memory
from torch.utils.checkpoint import checkpoint


class Sparing(nn.Sequential):
    def forward(self, x):
        for block in self:
            x = checkpoint(block, x, use_reentrant=False)
        return x


def make_stage(block, ni, nf, depth, stride):
    return Sparing(block(ni, nf, stride=stride), *(block(nf, nf, stride=1) for _ in range(depth - 1)))
