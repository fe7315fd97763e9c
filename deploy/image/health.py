"""Exit 0 if the app in this container says that it is ready: a page that answers is not yet a store that opens."""

import json
import os
import sys
from http.client import HTTPConnection


def ask(host: str, port: int) -> tuple[int, str]:
    connection = HTTPConnection(host, port, timeout=4)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace").strip()


def main() -> int:
    try:
        status, told = ask("127.0.0.1", int(os.environ.get("STREAMLIT_SERVER_PORT", "8501")))
        ready = status == 200 and json.loads(told).get("ready") is True
    except (OSError, ValueError, AttributeError) as error:
        ready, told = False, f"no answer that can be read: {error}"
    print(told)
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
