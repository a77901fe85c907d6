"""Pictures of bundles, for the gallery."""

import io

import numpy as np
import pytest
from PIL import Image

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from bbconvert.convert.site.preview import HEIGHT, WIDTH, take_preview


@pytest.mark.browser
def test_a_preview_shows_the_body_and_no_controls() -> None:
    data = take_preview(open_bundle(BALANCE_BOT_BUNDLE))
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))
    colours = np.asarray(picture.convert("RGB")).astype(int)
    # Where the transport's accent-coloured button would be there is floor: grey.
    assert np.ptp(colours[-60:], axis=2).max() < 60
    body = colours[HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4]
    assert len(np.unique(body.reshape(-1, 3), axis=0)) > 500
