"""The page of a stranger, open in the browser of somebody who runs the local cloud, attacks each port."""

import io
import json
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.unprotected_emulator import UnprotectedEmulator
from local.emulator_process import Emulator
from tests.browser.chromium import launch
from tests.cloud import Cloud
from tests.local.emulated import client, deploy, role

STRANGER = "pages.example"


@pytest.fixture(scope="module")
def misled() -> Iterator[Browser]:
    """A browser in which the stranger's name leads to this machine, as after DNS rebinding."""
    with sync_playwright() as playwright:
        browser = launch(playwright, f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1")
        yield browser
        browser.close()


@contextmanager
def strangers_site(folder: Path) -> Iterator[str]:
    """Serve a stranger's page; yields its address."""
    (folder / "index.html").write_text("<!doctype html><title>A stranger's page</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def send_blindly(page: Page, url: str, body: str) -> None:
    """Send a request that no page needs to be allowed to send, and whose answer it cannot read."""
    page.evaluate(
        """async ([url, body]) => {
          await fetch(url, {method: "POST", mode: "no-cors", body}).catch(() => null);
        }""",
        [url, body],
    )


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def should_not_let_a_foreign_page_run_code(misled: Browser, tmp_path: Path, guarded: bool) -> None:
    mark = tmp_path / "mark"
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", f"def handler(event, context):\n    open({str(mark)!r}, 'w').close()\n")
    with (Emulator if guarded else UnprotectedEmulator)(tmp_path / "home") as emulator:
        template = {
            "Resources": {"Role": role()},
            "Outputs": {"Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
        }
        function = {
            "FunctionName": "theirs",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": deploy(emulator, "any", template)["Role"],
            "Code": {"ZipFile": b64encode(code.getvalue()).decode()},
        }
        functions = f"{emulator.url}/2015-03-31/functions"
        site = tmp_path / "site"
        site.mkdir()
        with strangers_site(site) as address:
            page = misled.new_page()
            page.goto(address)
            send_blindly(page, functions, json.dumps(function))
            for _ in range(40):  # until the function is active
                send_blindly(page, f"{functions}/theirs/invocations", "{}")
                if guarded or mark.exists():
                    break
                page.wait_for_timeout(250)
            page.close()
        made = [each["FunctionName"] for each in client(emulator, "lambda").list_functions()["Functions"]]
    assert made == ([] if guarded else ["theirs"])
    assert mark.exists() is not guarded


READ = """async (urls) => {
  const read = [];
  for (const url of urls) {
    for (const mode of ["cors", "no-cors"]) {
      try {
        const answer = await fetch(url, {mode});
        const text = await answer.text();
        if (text && answer.ok) read.push([url, text]);
      } catch { /* not let through */ }
    }
  }
  return read;
}"""


def should_not_let_a_foreign_page_read_anything(misled: Browser, cloud: Cloud, tmp_path: Path) -> None:
    urls = [
        f"http://{host}:{port}{path}"
        for port in cloud.config["ports"]
        for host in ("localhost", "127.0.0.1", STRANGER)
        for path in ("/_local/config", "/_local/mail", "/_ministack/ses/messages", "/")
    ]
    with strangers_site(tmp_path) as address:
        page = misled.new_page()
        page.goto(address)
        assert page.evaluate(READ, urls) == []
        page.goto(f"{cloud.url}/en/")
        # What is tried does read where it may.
        assert page.evaluate(READ, [f"{cloud.url}/_local/config"]) != []
        page.close()


def should_not_serve_a_name_that_was_pointed_here(misled: Browser, cloud: Cloud) -> None:
    page = misled.new_page()
    for port in cloud.config["ports"]:
        answer = page.goto(f"http://{STRANGER}:{port}/_local/config")
        assert answer is not None
        assert answer.status == 403, port
        assert cloud.admin["password"] not in page.content()
    page.close()


def should_not_be_switched_by_a_foreign_page(misled: Browser, cloud: Cloud, tmp_path: Path) -> None:
    with strangers_site(tmp_path) as address:
        page = misled.new_page()
        page.goto(address)
        page.evaluate(
            """async (url) => {
              await fetch(url, {method: "PUT", body: '{"state": "refuse"}'}).catch(() => null);
            }""",
            f"{cloud.url}/_local/regions/{cloud.regions[0]}",
        )
        page.close()
    states = [region["state"] for region in cloud.edge("GET", "/_local/regions").json()["regions"]]
    assert states == ["up", "up"]
