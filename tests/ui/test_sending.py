"""Send to: pictures go from tab to tab with one click."""

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.own_page


def alike(one, other):
    """Say whether two pictures show the same, whatever their sizes and compression."""
    small = [np.asarray(Image.fromarray(p.astype(np.uint8)).resize((16, 16)), float) for p in (one, other)]
    return abs(small[0] - small[1]).mean() < 6


def current(page):
    return page.locator("#studio > .tab-wrapper [role=tab][aria-selected=true]").text_content().strip()


@pytest.mark.wide
def test_a_drawn_picture_is_cut_out_and_edited_before_a_colour(page, see, becomes):
    drawn = "#generate-picture img"
    page.locator("#generate-picture[aria-busy=false]").wait_for(timeout=60_000)
    face = see(drawn)
    page.locator(".gi-send:visible button[data-upload=cutout-photo]").click()
    becomes("#cutout-photo img", lambda seen: alike(seen, face))
    assert current(page) == "Cut-out"
    page.wait_for_selector("#cutout-result img")
    becomes("#cutout-result img", lambda seen: seen.shape[0] == seen.shape[1])  # not the example's shape

    page.locator("#cutout-background").get_by_label("Colour", exact=True).check()
    teal = np.array((42, 157, 143))  # the colour at first
    before = becomes("#cutout-result img", lambda seen: abs(seen[3, 3] - teal).max() < 25)
    page.locator(".gi-send:visible button[data-upload=edit-source]").click()
    edited = becomes("#edit-result img", lambda seen: alike(seen, before))
    assert current(page) == "Edit"
    assert abs(edited[3, 3] - teal).max() < 25
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert page.outside == [] and page.broken == []


@pytest.mark.wide
def test_a_picture_of_a_gallery_is_sent_by_its_chip(page, see, becomes):
    picture = page.locator("#generate-gallery img").nth(3)
    picture.wait_for(timeout=60_000)
    page.locator("#generate-picture[aria-busy=false]").wait_for()
    sent, first = see("#generate-gallery img", 3), see("#generate-gallery img")
    assert not alike(sent, first)
    picture.hover()
    page.locator(".gi-chip .gi-more").click()
    page.locator(".gi-chip button[data-upload=style-photo]").click()
    becomes("#style-photo img", lambda seen: alike(seen, sent))
    assert current(page) == "Style"
    assert page.outside == [] and page.broken == []
