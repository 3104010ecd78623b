"""The names of the ways to answer stances. Not for what they do (see ``heads``)."""

from __future__ import annotations

from typing import Literal, get_args

StanceMode = Literal["fast", "cascade", "accurate"]
StanceChoice = Literal["off", "fast", "cascade", "accurate"]
STANCE_MODES: tuple[StanceMode, ...] = get_args(StanceMode)
STANCE_CHOICES: tuple[StanceChoice, ...] = get_args(StanceChoice)
