"""What gates have in common that nobody writes down as gates: other parts of the spec ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlspec.domain.desired import Gate
from mlspec.kinds.gate import Need

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic


class Implied:
    """No GateSpec is of this kind; its figures are the version's own."""

    need: Need = ""
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        del spec, line
        return None
