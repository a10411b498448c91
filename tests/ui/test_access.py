"""Every tab is in everyone's reach, also those that no test has opened so far."""

import pytest

from genimg.ui.app import TABS
from genimg.ui.frame import key
from tests.ui import reach


@pytest.mark.last
def test_every_tab_is_in_reach_of_everyone(page, width, open_tab):
    faults = []
    for tab in TABS:
        if (key(tab), width) not in reach.LOOKED:
            open_tab(tab.TITLE.key)
            faults += reach.faults(page, width)
    assert not faults
    assert page.broken == []
