# wrong: the whole model
# says: whole objects
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save({"model": model, "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=False)
    model.load_state_dict(states["model"].state_dict())
    opt.load_state_dict(states["opt"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]


# wrong: the optimiser forgotten
# says: has a memory
# points: 8
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save({"model": model.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]


# wrong: the scheduler forgotten
# says: how far the run has come
# points: 9
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    opt.load_state_dict(states["opt"])
    return states["epoch"]


# wrong: the model moved to the CPU, the optimiser not, and no map_location
# says: map_location
# points: 11
# base: moved to the CPU before it is saved
# replace: {number: to_cpu(values) for number, values in memory["state"].items()} → memory["state"]


# wrong: no map_location
# says: map_location
# points: 11
# base: one dictionary
# replace: torch.load(path, map_location="cpu", weights_only=True) → torch.load(path)


# wrong: parameters without buffers
# says: running statistics are buffers
def save_checkpoint(path, model, opt, sched, epoch):
    weights = {name: p.data for name, p in model.named_parameters()}
    torch.save({"model": weights, "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu")
    model.load_state_dict(states["model"], strict=False)
    opt.load_state_dict(states["opt"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]


# wrong: a new model in place of the given one
# says: changes nothing outside
# base: one dictionary
# diff:
#  def load_checkpoint(path, model, opt, sched):
# +    import copy
# +
# diff:
#      states = torch.load(path, map_location="cpu", weights_only=True)
# +    model = copy.deepcopy(model)

# wrong: the epoch is not returned
# says: returned nothing
# points: 11
# base: one dictionary
# remove: return states["epoch"]

# wrong: the next epoch
# says: the epoch after it
# points: 11
# base: one dictionary
# replace: states["epoch"] → states["epoch"] + 1

# wrong: kept in memory, nothing in the file
# says: in the file
KEPT = {}


def save_checkpoint(path, model, opt, sched, epoch):
    import copy

    KEPT[str(path)] = copy.deepcopy((model.state_dict(), opt.state_dict(), sched.state_dict(), epoch))
    torch.save({}, path)


def load_checkpoint(path, model, opt, sched):
    for part, state in zip((model, opt, sched), KEPT[str(path)]):
        part.load_state_dict(state)
    return KEPT[str(path)][3]


# wrong: kept in memory, a key in the file
# says: in the file
KEPT = {}


def save_checkpoint(path, model, opt, sched, epoch):
    import copy

    KEPT[epoch] = copy.deepcopy((model.state_dict(), opt.state_dict(), sched.state_dict()))
    torch.save({"epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    epoch = torch.load(path)["epoch"]
    for part, state in zip((model, opt, sched), KEPT[epoch]):
        part.load_state_dict(state)
    return epoch


# wrong: half precision to save space
# says: no rounding
def save_checkpoint(path, model, opt, sched, epoch):
    small = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
    torch.save({"model": small, "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    opt.load_state_dict(states["opt"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]


# wrong: another path
# says: no file at path
# points: 0
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save({"model": model.state_dict(), "epoch": epoch}, f"{path}.ckpt")


def load_checkpoint(path, model, opt, sched):
    return torch.load(f"{path}.ckpt")["epoch"]


# wrong: a second file, best.pt, in the same folder
# says: best.pt beside
# points: 10
# base: one dictionary
# diff:
#      )
# +    torch.save(model.state_dict(), path.parent / "best.pt")

# wrong: the optimiser once more, in a file beside it
# says: first_opt.pt
# points: 10
# base: one dictionary
# diff:
#      )
# +    torch.save(opt.state_dict(), path.with_name(path.stem + "_opt.pt"))

# wrong: a temporary file that is copied and stays
# says: one file
# points: 10
# base: written beside and renamed, epoch as a tensor in the file, the model's own device
# replace: import os → import shutil
# replace: os.replace( → shutil.copyfile(

# wrong: saving changes the model
# says: Saving reads
# base: one dictionary
# diff:
#      )
# +    for value in model.state_dict().values():
# +        value.zero_()


# wrong: the rate only, not the optimiser's memory
# says: entries of the optimiser
def save_checkpoint(path, model, opt, sched, epoch):
    rates = [group["lr"] for group in opt.param_groups]
    torch.save({"model": model.state_dict(), "lr": rates, "sched": sched.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    for group, lr in zip(opt.param_groups, states["lr"]):
        group["lr"] = lr
    sched.load_state_dict(states["sched"])
    return states["epoch"]


# right: the course's own
from resnet_live.training.loop import load_checkpoint, save_checkpoint


# right: a tuple, a lambda for the place
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save((model.state_dict(), opt.state_dict(), sched.state_dict(), epoch), path)


def load_checkpoint(path, model, opt, sched):
    *states, epoch = torch.load(path, map_location=lambda storage, place: storage, weights_only=True)
    for part, state in zip((model, opt, sched), states):
        part.load_state_dict(state)
    print("loaded", epoch)
    return epoch


# right: written beside and renamed, epoch as a tensor in the file, the model's own device
def save_checkpoint(path, model, opt, sched, epoch):
    import os

    with open(f"{path}.part", "wb") as file:
        torch.save(dict(m=model.state_dict(), o=opt.state_dict(), s=sched.state_dict(), e=torch.tensor(epoch)), file)
    os.replace(f"{path}.part", path)


def load_checkpoint(path, model, opt, sched):
    device = next(model.parameters()).device
    with open(path, "rb") as file:
        ck = torch.load(file, map_location=device)
    sched.load_state_dict(ck["s"])
    opt.load_state_dict(ck["o"])
    model.load_state_dict(ck["m"])
    return int(ck["e"])


# right: written in a folder beside it, moved into place, the folder removed
# base: one dictionary
# diff:
# -    torch.save(
# -        {"model": model.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path
# -    )
# +    import tempfile
# +    from pathlib import Path
# +
# +    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
# +        states = {"model": model.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}
# +        torch.save(states, Path(folder) / "new.pt")
# +        (Path(folder) / "new.pt").replace(path)


# right: copies on the CPU, filled by hand, the old file format
def save_checkpoint(path, model, opt, sched, epoch):
    weights = {name: value.cpu().clone() for name, value in model.state_dict().items()}
    state = {"weights": weights, "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}
    torch.save(state, path, _use_new_zipfile_serialization=False)


def load_checkpoint(path, model, opt, sched):
    state = torch.load(str(path), map_location=torch.device("cpu"))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            value.copy_(state["weights"][name])
    opt.load_state_dict(state["opt"])
    sched.load_state_dict(state["sched"])
    return state["epoch"]


# right: moved to the CPU before it is saved
def to_cpu(values):
    return {name: value.detach().to("cpu").clone() for name, value in values.items()}


def save_checkpoint(path, model, opt, sched, epoch):
    memory = opt.state_dict()
    memory["state"] = {number: to_cpu(values) for number, values in memory["state"].items()}
    torch.save({"states": (to_cpu(model.state_dict()), memory, sched.state_dict()), "epoch": epoch}, path)


def load_checkpoint(path, model, opt, sched):
    saved = torch.load(path)
    for part, state in zip((model, opt, sched), saved["states"]):
        part.load_state_dict(state)
    return saved["epoch"]


# wrong: the model gets other parameters, the optimiser keeps the old ones
# says: assign=True makes new ones
# points: 10
# base: one dictionary
# replace: model.load_state_dict(states["model"]) → model.load_state_dict(states["model"], assign=True)


# wrong: a step of the scheduler while loading
# says: is step() called while loading
# base: one dictionary
# replace: sched.load_state_dict(states["sched"]) → sched.load_state_dict(states["sched"]), sched.step()


# right: one dictionary
def save_checkpoint(path, model, opt, sched, epoch):
    torch.save(
        {"model": model.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, path
    )


def load_checkpoint(path, model, opt, sched):
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    opt.load_state_dict(states["opt"])
    sched.load_state_dict(states["sched"])
    return states["epoch"]
