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
SOURCES = ("ngrams.c", "characters.c", "score.c", "fit.c", "words.c", "stance.c", "topics.c", "language.c", "builds.c")
LEVELS = {"x86_64": (3, 4), "amd64": (3, 4)}
"""Levels of x86-64 with a build of their own, beside the one that every processor can run; ``ns_level`` in builds.c knows them."""
TARGETS = {"linux-x86_64": "x86_64-linux-gnu.2.17", "linux-aarch64": "aarch64-linux-gnu.2.17"}


class KernelHook(BuildHookInterface):
    """Compiles newsstand/kernel/*.c to shared libraries and tags the wheel with the platform, not with a Python version."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder, platform = Path(self.root, KERNEL), sysconfig.get_platform()
        for level in (1, *LEVELS.get(platform.rpartition("-")[2], ())):
            library = folder / ("_kernel.so" if level == 1 else f"_kernel.v{level}.so")
            compile_kernel(folder, library, level)
            build_data["artifacts"].append(library.relative_to(self.root).as_posix())
        build_data["pure_python"] = False
        if platform.startswith("linux-"):
            platform = f"manylinux_2_17_{platform.removeprefix('linux-')}"
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"


def compile_kernel(folder: Path, library: Path, level: int) -> None:
    """Compile the kernel and move it into place whole, so that a running service never sees half a library."""
    platform = sysconfig.get_platform()
    target = ("-target", TARGETS[platform]) if platform in TARGETS else ()
    processor = (f"-mcpu=x86_64_v{level}",) if level > 1 else ()
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
        *processor,
        *options,
        "-o",
        str(fresh),
        *(str(folder / source) for source in SOURCES),
    )
    subprocess.run(command, check=True)
    fresh.replace(library)
