"""Chromium, and what every walk does with it."""

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
# A machine that builds something else at the same time is slow.
WAIT_MS = 60_000
# WCAG 2.2 AA, and what axe itself holds to be good practice.
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
GRAVE = {"serious", "critical"}


class Test:
    """What a walk gets: pages, the API, and a place for screenshots."""

    def __init__(self, service, base, shots, is_from_disk=False):
        self.service, self.base, self.shots, self.is_from_disk = service, base, shots, is_from_disk
        self.tokens, self.contexts, self.errors = {}, [], []

    def __enter__(self):
        expect.set_options(timeout=WAIT_MS)
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(
            executable_path=CHROMIUM, args=[
                "--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"])
        return self

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()

    def api(self, method, path, body=None, headers=None):
        return self.service.api(method, path, body, headers)

    def token(self, role, *more):
        key = (role, *more)
        if key not in self.tokens:
            self.tokens[key] = self.service.token_of(role, f"pages-{role}", *more)
        return self.tokens[key]

    def page(self, phone=False, dark=False, role="operator", base=None, more=()):
        """A page of a browser of its own, signed in with a role; None: not signed in."""
        context = self.browser.new_context(
            base_url=base or self.base, viewport=PHONE if phone else WIDE, color_scheme="dark" if dark else "light",
            has_touch=phone, is_mobile=phone, locale="en-GB", timezone_id="Europe/London")
        self.contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        if role:
            known = json.dumps({"kind": "token", "token": self.token(role, *more)})
            context.add_init_script(
                f"if (location.origin === {json.dumps(base or self.base)}) sessionStorage.setItem('holdfast.credential', {json.dumps(known)})")
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        # A refused script or style is an error of the page's policy, not of the network.
        page.on("console", lambda message: self.errors.append(f"{page.url}: {message.text}")
                if message.type == "error" and "Content Security Policy" in message.text else None)
        return page

    def shot(self, page, name):
        page.screenshot(path=self.shots / f"{name}.png", full_page=True, animations="disabled")

    def both(self, page, name):
        """Screenshots in light and dark, and both looked at by axe."""
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(50)
            self.shot(page, f"{name}-{scheme}")
            # The page is the same but for its colours.
            self.axe(page, f"{name}-{scheme}", COLOURS if scheme == "dark" else AXE)
        page.emulate_media(color_scheme="light")

    def axe(self, page, name, options=AXE):
        found = Axe().run(page, options=options).response["violations"]
        grave = [f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
                 for one in found if one["impact"] in GRAVE]
        (self.shots / f"{name}.axe.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        assert not grave, f"{name}: axe found: {grave}"

    def check_errors(self):
        errors, self.errors = self.errors, []
        assert not errors, f"errors in pages: {errors}"

    def keep_what_is_open(self, name):
        for number, page in enumerate(page for context in self.contexts for page in context.pages):
            page.screenshot(path=self.shots / f"failed-{name}-{number}.png", full_page=True)
            print(f"  failed with {page.url} open; see failed-{name}-{number}.png")

    def close_pages(self):
        for context in self.contexts:
            context.close()
        self.contexts = []
