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
def find_tab(chromium):
    """Return a function that finds the tab of some options: it runs what one page has fetched for the next one too."""
    tabs = {}

    def find(**options):
        key = repr(sorted(options.items()))
        if key not in tabs:
            context = chromium.new_context(**options)
            context.set_default_timeout(30_000)
            tabs[key] = context.new_page()
        return tabs[key]

    yield find
    for tab in tabs.values():
        tab.context.close()


@pytest.fixture
def open_page(find_tab, server):
    """Return a function that opens a page, each a session; what it asked and complained of is checked after."""
    taken, requests, complaints = [], [], []
    listeners = {
        "request": lambda request: requests.append(request.url),
        "websocket": lambda socket: requests.append(socket.url),
        "console": lambda message: complaints.append(message.text) if message.type == "error" else None,
        "pageerror": lambda error: complaints.append(str(error)),
        "response": lambda answer: complaints.extend([f"{answer.status} {answer.url}"] * is_bad(answer)),
    }

    def visit(path="/", width=1440, height=900, **options):
        tab = find_tab(**options)
        page = tab.context.new_page() if tab in taken else tab
        taken.append(page)
        page.set_viewport_size({"width": width, "height": height})
        for event, listen in listeners.items():
            page.on(event, listen)
        page.goto(path if path.startswith("http") else server + path)
        return page

    yield visit
    for page in taken:
        for event, listen in listeners.items():
            page.remove_listener(event, listen)
    for tab in {page.context.pages[0] for page in taken}:
        for page in tab.context.pages[1:]:
            page.close()
        tab.goto(f"{server}/livez")  # ends the session, and keeps what the tab has read of the app
        tab.evaluate("sessionStorage.clear()")
    own = (server, server.replace("http", "ws"), "data:", "blob:")
    assert [url for url in requests if not url.startswith(own)] == []
    assert [text for text in complaints if "status of 404" not in text] == []
