"""What the sections of the manifest have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bbconvert.convert.safety import limits

Numbers = Annotated[list[float], Field(max_length=limits.MAX_OBSERVATION)]
PerActuator = Annotated[list[float], Field(max_length=limits.MAX_STATE)]
Return = Annotated[float, Field(ge=-limits.MAX_RETURN, le=limits.MAX_RETURN)]


class Section(BaseModel):
    """Unknown keys are ignored, so that an older reader opens a newer minor edition. Every number is finite."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)
