# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""browser.py - a headless Chromium, driven over the DevTools protocol.

In: the address of a page.  Out: what its script returns, what it logged, asked of the network or threw, and
pictures of it.  The protocol runs over two pipes (--remote-debugging-pipe: descriptors 3 and 4), a message of
JSON and a NUL each, so that no port and no library is needed.
"""
import base64
import json
import os
import select
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds for an answer: the machine may be busy

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-default-apps", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe"]


class Browser:
    def __init__(self):
        self.home = tempfile.TemporaryDirectory(prefix="ovl-browser.")
        ours, theirs = os.pipe(), os.pipe()
        self.to, self.back = ours[1], theirs[0]
        # The shell gives the pipes the numbers that the browser looks for.
        line = "exec 3<&%d 4>&%d; exec chromium \"$@\"" % (ours[0], theirs[1])
        self.child = subprocess.Popen(
            ["sh", "-c", line, "chromium"] + FLAGS + ["--user-data-dir=" + self.home.name, "about:blank"],
            pass_fds=(ours[0], theirs[1]), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.close(self.back)
        for _ in range(20):  # what the browser leaves behind it writes for a moment yet
            try:
                self.home.cleanup()
                return
            except OSError:
                time.sleep(0.2)

    def message(self):
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser says nothing")
            more = os.read(self.back, 1 << 20)
            if not more:
                raise EOFError("the browser is gone (status %s)" % self.child.wait())
            self.rest += more
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise ValueError("%s: %s" % (method, answer["error"]["message"]))
                return answer["result"]
            self.events.append(answer)

    def load(self, address):
        self.events.clear()
        self.ask("Page.navigate", url=address)
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())

    def run(self, script):
        """What an expression is, once the page has drawn what came of it."""
        whole = "(async () => { const it = await (%s); await new Promise(r => requestAnimationFrame(() => " \
                "requestAnimationFrame(r))); return it; })()" % script
        answer = self.ask("Runtime.evaluate", expression=whole, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise ValueError(answer["exceptionDetails"].get("exception", {}).get("description", str(answer)))
        return answer["result"].get("value")

    def press(self, key, text=None, alt=False):
        code = {"ArrowDown": 40, "ArrowUp": 38, "ArrowLeft": 37, "ArrowRight": 39, "Enter": 13, "Escape": 27,
                "Home": 36, "End": 35, "Tab": 9}.get(key, ord(key.upper()) if len(key) == 1 else 0)
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 1 if alt else 0}
        text = text or (key if len(key) == 1 else None)
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common,
                 **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)
        self.run("0")

    def type(self, text):
        for letter in text:
            self.press(letter)

    def click(self, selector):
        """A real click in the middle of an element."""
        x, y = self.run("(() => { const e = document.querySelector(%s); e.scrollIntoView({ block: 'nearest' });"
                        "const r = e.getBoundingClientRect(); return [r.x + Math.min(r.width / 2, 30), r.y + r.height / 2]; })()"
                        % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.run("0")

    def size(self, width, height):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.run("0")

    def dark(self, wanted=True):
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}])

    def picture(self, path):
        with open(path, "wb") as to:
            to.write(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """Exceptions, errors and warnings since the page was loaded."""
        self.run("0")
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif event.get("method") == "Runtime.consoleAPICalled":
                found.append("console: %s" % params["args"])
        return found

    def requests(self):
        """The addresses that were asked for since the page was loaded, its own included."""
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
