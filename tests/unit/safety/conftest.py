from collections.abc import Iterator

import pytest

from tests.support.processes import children


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    assert children() == []
