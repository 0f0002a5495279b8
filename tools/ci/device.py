"""Say which device a job has, and fail when it asked for a GPU and did not get one that works.

    python tools/ci/device.py [--gpu]

With `--gpu` a kernel is really run on the GPU and its result compared with the CPU's. Appends to the job's summary: the device, and
how many minutes have gone since BEGAN (seconds since 1970), which is what each job costs before it grades.
"""

import argparse
import os
import sys
import time

import job_summary
import torch


def main() -> int:
    """Exit code 0 when the device is the one that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gpu", action="store_true", help="a GPU was asked for: fail without one")
    try:
        words, right = describe(parser.parse_args().gpu)
    except RuntimeError as error:
        words, right = f"a GPU was asked for, and a kernel on it failed: {error}", False
    print(words, file=sys.stdout if right else sys.stderr)
    job_summary.add(f"Device: {words}\n")
    if began := os.environ.get("BEGAN"):
        minutes = (time.time() - float(began)) / 60
        job_summary.add(f"Set up in {minutes:.1f} minutes (for `tools/ci/cost.py`: `--setup {minutes:.1f}`).\n")
    return 0 if right else 1


def describe(gpu: bool) -> tuple[str, bool]:
    """(words for the summary, is it what was asked for). Raises RuntimeError when a GPU is there and does not work."""
    if not torch.cuda.is_available():
        if gpu:
            return (
                "a GPU was asked for, and PyTorch finds none. Look at the runner's label, its driver and the CUDA build.",
                False,
            )
        return f"CPU, {os.cpu_count()} cores (no GPU runner is named: set the repository variable GPU_RUNNER)", True
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(256, 256, generator=generator, dtype=torch.float64) for _ in range(2))
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    began.record()
    result = a.cuda() @ b.cuda()
    ended.record()
    torch.cuda.synchronize()
    if not torch.allclose(result.cpu(), a @ b):
        return "a GPU was found, and multiplies two matrices wrongly", False
    facts = torch.cuda.get_device_properties(0)
    ran = f"a matrix product ran on it in {began.elapsed_time(ended):.2f} ms"
    return f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}: {ran}", True


if __name__ == "__main__":
    sys.exit(main())
