"""A worker process of a build: it opens pictures, so that neither a slow nor a broken one holds up the model.

``python -m clipdash.build.worker`` reads requests from its standard input and answers on its standard output until the
input ends, which it does when the build ends, however that ends. It imports neither torch nor FAISS: it starts at once
and stays small.
"""

import pickle
import signal
import sys
from typing import Any

from clipdash.build.opening import Task, open_picture

READY = "ready"


def main() -> None:
    """Answer requests until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the build, which then ends our input
        signal.signal(number, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not garble the answers
    answer: Any = READY
    task: Task | None = None
    while True:
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()
        try:
            request = pickle.load(requests)  # noqa: S301  # nosec B301  # from the build that started us
        except EOFError:
            return
        if isinstance(request, Task):
            task, answer = request, READY
        elif task is not None:
            answer = open_picture(task, request)


if __name__ == "__main__":
    main()
