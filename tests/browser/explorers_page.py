"""The explorers on a plain page, served from this process: no notebook, no kernel."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from course_lib import explorers
from course_lib.explorers import page
from course_lib.explorers.explorer import Explorer, Session

FOLDER = Path(page.__file__).parent
FILES = {
    "/": (FOLDER / "page.html", "text/html"),
    "/page.js": (FOLDER / "page.js", "text/javascript"),
    "/explorer.css": (FOLDER / "explorer.css", "text/css"),
}


def as_base64(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


@contextlib.contextmanager
def served(more: dict[str, Explorer] | None = None) -> Iterator[str]:
    """The address of an explorer's page, with {} in place of its name: of the course's, or one of `more`."""
    sessions: dict[str, Session] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/explorer.js":
                self.answer(page.SCRIPT.encode(), "text/javascript")
            elif path in FILES:
                file, kind = FILES[path]
                self.answer(file.read_bytes(), kind)
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            [name] = parse_qs(urlsplit(self.path).query)["name"]
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if sent is None:
                sessions[name] = Session((more or {}).get(name) or getattr(explorers, name)())
            else:
                sessions[name].take(sent)
            answer = json.dumps(sessions[name].state(), allow_nan=False, default=as_base64)
            self.answer(answer.encode(), "application/json")

        def answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests look at the page."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?name={{}}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
