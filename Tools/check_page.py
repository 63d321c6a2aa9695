"""Opens HTML reports in headless Chromium, and says what is wrong with them.

    check_page.py REPORT.html [REPORT.html ...] [--screenshots FOLDER]

Network off and scripting off, at 360 and 1440 pixels, light and dark: nothing may be logged as an error, nothing may make
the page scroll sideways, and every drawing must have a size. Then axe-core, at both widths and in both schemes: no issue
of any impact above "minor". Exit code 1 where something is wrong.

Needs Chromium with its driver (apt-get install chromium chromium-driver), selenium, and the package axe-playwright-python,
of which only the axe-core in it is used.
"""

import argparse
import base64
import importlib.util
import pathlib
import sys

from selenium import webdriver

AXE = (pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text()

WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    # The hostile pages are long, and the machine may be busy.
    driver.set_script_timeout(180)
    return driver


def prepare(driver, width, scheme, scripting):
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions",
                           {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripting})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def save(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(data))


def check(driver, page, screenshots):
    problems = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            where = f"{page.parent.name}/{page.name}, {width} px, {scheme}"
            prepare(driver, width, scheme, scripting=False)
            driver.get(page.resolve().as_uri())
            problems += [f"{where}: {entry['message']}" for entry in driver.get_log("browser")
                         if entry["level"] in ("SEVERE", "WARNING")]
            metrics = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
            if metrics["cssContentSize"]["width"] > width:
                problems.append(f"{where}: {metrics['cssContentSize']['width']} pixels wide: it scrolls sideways")
            if screenshots:
                size = metrics["cssContentSize"]
                shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
                    "captureBeyondViewport": True,
                    "clip": {"x": 0, "y": 0, "width": width, "height": min(size["height"], 12000), "scale": 1}})
                save(screenshots / f"{page.parent.name}-{width}-{scheme}.png", shot["data"])
            prepare(driver, width, scheme, scripting=True)
            driver.get(page.resolve().as_uri())
            empty = driver.execute_script(
                "return [...document.querySelectorAll('svg[role=img]')].filter(s => {"
                "const b = s.getBoundingClientRect(); return b.width < 40 || b.height < 10 || !s.querySelector('title')"
                "}).length")
            if empty:
                problems.append(f"{where}: {empty} drawings are not visible or have no title")
            driver.execute_script(AXE)
            results = driver.execute_async_script("axe.run().then(arguments[0])")
            for violation in results["violations"]:
                if violation["impact"] in ("moderate", "serious", "critical"):
                    nodes = violation["nodes"]
                    problems.append(f"{where}: {violation['impact']}: {violation['id']}: {violation['help']} "
                                    f"({len(nodes)} places, the first {nodes[0]['html'][:160]})")
            print(f"{where}: {len(results['passes'])} rules passed, {len(results['violations'])} violated")
    if screenshots:
        prepare(driver, 1440, "light", scripting=False)
        driver.get(page.resolve().as_uri())
        pdf = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
        save(screenshots / f"{page.parent.name}.pdf", pdf["data"])
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    driver = browser()
    try:
        problems = [problem for page in arguments.pages for problem in check(driver, page, arguments.screenshots)]
    finally:
        driver.quit()
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
