"""The error of a conversion that may lose nothing, and would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError

if TYPE_CHECKING:
    from dsvc.formats.conversion import Conversion


class LossError(ProtectedError):
    """Something would have been lost; ``conversion`` tells what."""

    def __init__(self, conversion: Conversion) -> None:
        lost = conversion.told.lost_records
        super().__init__(
            f"nothing was written: something would be lost in {lost:,} record{'' if lost == 1 else 's'} or more",
            hint="without --strict it is written, and the report tells what is lost",
        )
        self.conversion = conversion
