"""Build the browser half where its bundles are missing, and only there.

The bundles are committed, so that an install needs no Node.js; hatchling runs this hook before it
collects the files of a wheel, an sdist or an editable install.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def missing_bundles(root: Path) -> list[str]:
    """Name the bundles that the sources under `root` call for and that are not there."""
    sources = sorted((root / "js" / "src" / "views").iterdir())
    built = [each.name.replace(".ts", ".js") for each in sources]
    expected = [*built, "graph_layout.js", "torchloupe.css"]
    static = root / "src" / "torchloupe" / "static"
    return [name for name in expected if not (static / name).is_file()]


class BundleHook(BuildHookInterface):
    """Take committed bundles as they are; make what is missing with npm, or say what to do."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before hatchling collects files."""
        root = Path(self.root)
        missing = missing_bundles(root)
        if not missing:
            return
        npm = shutil.which("npm")
        if npm is None:
            self.app.abort(
                f"torchloupe lacks its browser bundles ({', '.join(missing)}) and npm is not on "
                "PATH to build them: install Node.js 20 or newer, or check the bundles out again."
            )
        for arguments in (["ci"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=root, check=True)  # noqa: S603
        missing = missing_bundles(root)
        if missing:
            self.app.abort(f"npm run build did not make {', '.join(missing)}.")
