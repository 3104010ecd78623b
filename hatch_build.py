"""Builds the compiled kernel when the package is installed, with the C compiler that comes as the build dependency ziglang.

No compiler, no Python headers and no configuration are needed on the machine: see docs/design/0001-compiled-kernel.md.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = Path("newsstand", "kernel")
SOURCES = ("ngrams.c", "score.c", "fit.c", "words.c", "stance.c")
LINUX_TARGETS = {"x86_64": "x86_64-linux-gnu.2.17", "aarch64": "aarch64-linux-gnu.2.17"}


class KernelHook(BuildHookInterface):
    """Compiles newsstand/kernel/*.c to one shared library and tags the wheel with the platform, not with a Python version."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        library = Path(self.root, KERNEL, "_kernel.so")
        compile_kernel(Path(self.root, KERNEL), library)
        build_data["artifacts"].append(library.relative_to(self.root).as_posix())
        build_data["pure_python"] = False
        platform = sysconfig.get_platform()
        if platform.startswith("linux-"):
            platform = f"manylinux_2_17_{platform.removeprefix('linux-')}"
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"


def compile_kernel(folder: Path, library: Path) -> None:
    """Compile the kernel and move it into place whole, so that a running service never sees half a library."""
    machine = sysconfig.get_platform().removeprefix("linux-")
    target = ("-target", LINUX_TARGETS[machine]) if machine in LINUX_TARGETS else ()
    fresh = library.with_suffix(".new")
    options = (
        "-O3",
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-ffp-contract=off",
        "-fvisibility=hidden",
        "-fPIC",
        "-shared",
        "-s",
    )
    command = (
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        *target,
        *options,
        "-o",
        str(fresh),
        *(str(folder / source) for source in SOURCES),
    )
    subprocess.run(command, check=True)
    fresh.replace(library)
