"""A headless browser for tests of pages: it reports what the page asked for and what its console said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_HALF_WAY = """
const line = arguments[0];
line.scrollIntoView({ block: "center" });
const point = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
return [point.x, point.y];
"""


class Browser:
    """One window. `driver` is selenium's; the methods say what tests of pages want to know."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, *, width: int = 1200, height: int = 800, media: str = "", dark: bool = False) -> None:
        """Load a file in a window of this size, on paper (`media` "print") or on screen, and forget what was before."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": scheme})
        self.requests()
        self.complaints()
        self.driver.get(page.as_uri())

    def ask(self, expression: str) -> Any:
        """What a JavaScript expression gives."""
        return self.driver.execute_script(f"return {expression}")

    def find(self, selector: str) -> Any:
        """The first element, by a CSS selector."""
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        """Click on an element, in the middle of the window."""
        found = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", found)
        found.click()

    def point_at(self, selector: str) -> None:
        """Move the pointer onto a line of a drawing, half way along."""
        line = self.find(selector)
        x, y = self.driver.execute_script(_HALF_WAY, line)
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        from selenium.webdriver import ActionChains, Keys

        ActionChains(self.driver).send_keys(getattr(Keys, key)).perform()

    def requests(self) -> list[str]:
        """Every address that was asked for since the last call, data within pages aside."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(str(message["params"]["request"]["url"]))
        return [url for url in found if not url.startswith(("data:", "about:"))]

    def complaints(self) -> list[str]:
        """What the console said since the last call: errors of scripts, broken rules, things not found."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="session")
def browser(require_tool: Callable[[str], str]) -> Iterator[Browser]:
    """A browser for the whole run; the test is skipped where there is none."""
    program = require_tool("chromium")
    import shutil

    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
