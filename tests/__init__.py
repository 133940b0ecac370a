"""What the house promises, told as behaviour."""

import os
import tempfile
from pathlib import Path

if "XDG_RUNTIME_DIR" not in os.environ:
    # The PostgreSQL of the tests asks for it at import, and warns where no login session set it.
    folder = Path(tempfile.gettempdir()) / f"chasqui-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
