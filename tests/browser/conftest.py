"""A real server on a free port, and Debian's Chromium."""

import pytest
from visits import ARGUMENTS, CHROMIUM, is_bad, serve


def pytest_collection_modifyitems(items):
    """Leave the browser tests out, and say how to run them, where there is no Chromium."""
    if CHROMIUM is None:
        reason = "there is no chromium: install the package 'chromium' to run the browser tests"
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def audit_log(tmp_path_factory):
    """The file that the server's audit log goes to."""
    return tmp_path_factory.mktemp("server") / "audit.jsonl"


@pytest.fixture(scope="session")
def server(audit_log):
    """Yield the address of the app, served as `make run` serves it, with an audit log."""
    with serve(audit_log.parent, CLIPDASH_AUDIT_LOG=str(audit_log)) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """Yield a running Chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # two test processes share two cores
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def find_context(chromium):
    """Return a function that finds the context of some options: what one page of it has fetched, the next one has."""
    contexts = {}

    def find(**options):
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = chromium.new_context(**options)
            contexts[key].set_default_timeout(30_000)
        return contexts[key]

    yield find
    for context in contexts.values():
        context.close()


@pytest.fixture
def open_page(find_context, server):
    """Return a function that opens a page, each a session; what it asked and complained of is checked after."""
    pages, requests, complaints = [], [], []

    def visit(path="/", width=1440, height=900, **options):
        page = find_context(**options).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda socket: requests.append(socket.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda answer: complaints.extend([f"{answer.status} {answer.url}"] * is_bad(answer)))
        page.goto(path if path.startswith("http") else server + path)
        return page

    yield visit
    for context in {page.context for page in pages}:
        for page in context.pages:
            page.close()
    own = (server, server.replace("http", "ws"), "data:", "blob:")
    assert [url for url in requests if not url.startswith(own)] == []
    assert [text for text in complaints if "status of 404" not in text] == []
