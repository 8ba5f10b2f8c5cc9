"""A second way into a notebook's kernel: it answers while a cell is busy and no page is open."""

import json
import socket
import textwrap
import time

# Run by IPython when a kernel starts. A thread of its own, so that it disturbs no shell.
LISTENER = textwrap.dedent(
    """
    def _listen(namespace):
        import ast, json, os, socketserver, threading, traceback

        class Answer(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    try:
                        answer = {"value": self.run(json.loads(line))}
                        text = json.dumps(answer)
                    except BaseException:
                        text = json.dumps({"error": traceback.format_exc()})
                    self.wfile.write(text.encode() + b"\\n")

            def run(self, source):
                tree = ast.parse(source)
                last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, "<test>", "exec"), namespace)
                if last is None:
                    return None
                return eval(compile(ast.Expression(last.value), "<test>", "eval"), namespace)

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        name = os.path.basename(os.environ["JPY_SESSION_NAME"])
        place = os.path.join(os.environ["LISTENER_FOLDER"], name + ".socket")
        if os.path.exists(place):
            os.unlink(place)
        server = Server(place, Answer)
        threading.Thread(target=server.serve_forever, name="test listener", daemon=True).start()

    _listen(globals())
    del _listen
    """
)


class KernelError(AssertionError):
    """What Python raised in the kernel."""


class Kernel:
    """Runs Python in the notebook's namespace, on a thread of the kernel, at any time."""

    def __init__(self, place):
        self._place = str(place)

    def __call__(self, source, timeout=30.0):
        """Execute statements; return the value of the last one, if it is an expression, as JSON."""
        with self._connect(timeout) as connection, connection.makefile("rb") as answers:
            connection.sendall(json.dumps(textwrap.dedent(source).strip()).encode() + b"\n")
            answer = json.loads(answers.readline())
        if "error" in answer:
            raise KernelError(answer["error"])
        return answer["value"]

    def wait(self, expression, timeout=20.0, every=0.05):
        """Wait until an expression is true; return its value."""
        until = time.monotonic() + timeout
        while True:
            value = self(expression)
            if value:
                return value
            if time.monotonic() > until:
                raise KernelError(f"still not true after {timeout:g} s: {expression}")
            time.sleep(every)

    def _connect(self, timeout):
        until = time.monotonic() + timeout
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(timeout)
            try:
                connection.connect(self._place)
            except OSError:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return connection
