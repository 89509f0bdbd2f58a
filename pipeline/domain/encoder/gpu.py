"""Whether an encoder can run on a GPU here; beside `backend`, because a publisher asks that and has no PyTorch."""

from __future__ import annotations

from pathlib import Path

_GPU_DEVICES = (Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))
"""Nvidia, Nvidia under WSL, AMD."""


def has_gpu() -> bool:
    """Whether PyTorch can use a GPU. It is only loaded to be asked where there is a device."""
    if not any(each.exists() for each in _GPU_DEVICES):
        return False
    import torch

    return torch.cuda.is_available()
