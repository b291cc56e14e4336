"""A page in a real browser tries to use the service, as any page may that the user has open."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path")

PAGE = """<!doctype html><meta charset="utf-8"><pre id="result">nothing</pre><script>
const service = SERVICE, token = TOKEN, tries = {
  own: () => fetch("/").then(answer => answer.text()),
  plain: () => fetch(service + "/v1/info").then(answer => answer.text()),
  opaque: () => fetch(service + "/v1/info", {mode: "no-cors"}).then(answer => answer.text()),
  token: () => fetch(service + "/v1/info", {headers: {Authorization: "Bearer " + token}}).then(answer => answer.text()),
  post: () => fetch(service + "/v1/motions", {method: "POST", body: '{"prompts": [{"text": "walk"}]}'})
    .then(answer => answer.text()),
  stream: () => new Promise((resolve, reject) => {
    const source = new EventSource(service + "/v1/jobs/x/events");
    source.onopen = () => resolve("open");
    source.onerror = reject;
  }),
  script: () => new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = service + "/v1/info";
    element.onload = () => resolve("loaded");
    element.onerror = reject;
    document.head.append(element);
  }),
};
(async () => {
  const result = {};
  for (const [name, attempt] of Object.entries(tries))
    result[name] = await attempt().then(text => "read: " + text, () => "nothing");
  document.getElementById("result").textContent = JSON.stringify(result);
})();
</script>"""


@pytest.fixture
def page(service):
    """The address of a page of somebody else; it even knows the token."""
    content = PAGE.replace("SERVICE", json.dumps(service.client.url)).replace("TOKEN", json.dumps(service.client.token))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode("utf-8"))

        def log_message(self, *_):
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def shown(url, folder, *options):
    """The document as the browser has it once its scripts are done."""
    return subprocess.run(
        [
            *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *(f"--user-data-dir={folder}", "--virtual-time-budget=10000", "--dump-dom", *options, url),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=120,
        check=True,
    ).stdout


def test_a_page_reads_nothing_and_starts_nothing(service, page, tmp_path):
    before = service.log.read_text(encoding="utf-8")
    document = shown(page, tmp_path)
    result = json.loads(unescape(re.search(r'<pre id="result">(.*?)</pre>', document, re.DOTALL)[1]))
    assert set(result) == {"own", "plain", "opaque", "token", "post", "stream", "script"}
    assert result.pop("own").startswith("read: <!doctype html>")
    assert result.pop("opaque") in ("nothing", "read: ")
    assert set(result.values()) == {"nothing"}
    assert service.log.read_text(encoding="utf-8") == before


def test_under_a_name_that_was_bound_to_this_machine_nothing_is_answered(service, tmp_path):
    """What DNS rebinding does: the page's own name suddenly means this machine, and requests are of the same origin."""
    rule = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    document = shown(f"http://evil.example:{service.client.port}/v1/info", tmp_path, rule)
    assert "Misdirected request" in document
    assert "presets" not in document
