"""A JupyterLab server of its own: nothing of the user's settings, and nothing left behind."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from .kernel import LISTENER, Kernel

START_SECONDS = 60
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}


class Lab:
    """Starts a server in a temporary folder; a context manager.

    Args:
        arguments: more of them for its command line.
    """

    def __init__(self, *arguments):
        self._arguments = arguments
        self.folder = Path(tempfile.mkdtemp(prefix="lab-"))
        self.notebooks = self.folder / "notebooks"
        self.port = _free_port()
        self._endings = []
        self._token = secrets.token_hex(16)
        self._log = (self.folder / "server.log").open("wb")
        self._prepare()
        self._process = subprocess.Popen(
            self._command(),
            env=self._environment(),
            cwd=self.notebooks,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self):
        try:
            self._await()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Shut the kernels and the server down and remove the folder."""
        for ending in self._endings:
            ending.join(30)
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self):
        """The server's process."""
        return self._process.pid

    @property
    def log(self):
        """What the server wrote."""
        return (self.folder / "server.log").read_text(errors="replace")

    def address(self, name):
        """Return where a notebook opens, in a workspace of its own."""
        workspace = secrets.token_hex(4)
        at = f"http://127.0.0.1:{self.port}/lab/workspaces/{workspace}/tree/{name}"
        return f"{at}?reset&token={self._token}"

    def write(self, name, cells):
        """Write a notebook of code cells, folded so that a dashboard fits on the page."""
        folded = {"jupyter": {"source_hidden": True}}
        made = new_notebook(
            cells=[new_code_cell(each, metadata=folded) for each in cells],
            metadata={"kernelspec": KERNELSPEC},
        )
        nbformat.write(made, self.notebooks / name)

    def begin(self, name):
        """Start a notebook's kernel, so that it loads while the page does; return it."""
        body = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        session = self._ask("POST", "/api/sessions", body)
        return Kernel(self._socket(name)), session["id"]

    def end(self, session):
        """Have a notebook's kernel shut down; that takes seconds, which nobody waits for."""
        ending = threading.Thread(target=self._end, args=(session,))
        ending.start()
        self._endings.append(ending)

    def _end(self, session):
        try:
            self._ask("DELETE", f"/api/sessions/{session}")
        except urllib.error.HTTPError as error:
            error.close()

    def _socket(self, name):
        return self.folder / f"{name}.socket"

    def _prepare(self):
        self.notebooks.mkdir()
        labconfig = self.folder / "config" / "labconfig"
        startup = self.folder / "ipython" / "profile_default" / "startup"
        for each in (labconfig, startup):
            each.mkdir(parents=True)
        (labconfig / "default_setting_overrides.json").write_text(json.dumps(QUIET))
        (startup / "00-listener.py").write_text(LISTENER)

    def _environment(self):
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "LISTENER_FOLDER": "",
        }
        places = {name: str(self.folder / part) for name, part in own.items()}
        # With two cores, more threads a kernel make everything slower, and sums depend on them.
        return {**os.environ, **places, "OMP_NUM_THREADS": "1", "JUPYTER_TOKEN": ""}

    def _command(self):
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
        command += [f"--port={self.port}", "--ServerApp.port_retries=0", "--allow-root"]
        command += [f"--IdentityProvider.token={self._token}"]
        command += [f"--ServerApp.root_dir={self.notebooks}", "--LabApp.news_url="]
        command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
        # Should the tests be killed, then this ends by itself.
        command += ["--ServerApp.shutdown_no_activity_timeout=300"]
        command += ["--MappingKernelManager.cull_idle_timeout=300"]
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        return [*command, *self._arguments]

    def _await(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended at once:\n{self.log}")
            try:
                self._ask("GET", "/api/status")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
            else:
                return
        raise TimeoutError(f"JupyterLab did not answer in {START_SECONDS} s:\n{self.log}")

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or b"null")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
