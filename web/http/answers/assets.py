"""The bundle that `npm run build` makes: which file name, with its hash in it, stands for which asset."""

import json
from pathlib import Path

from core.errors import ConfigurationError

STATIC = Path(__file__).parents[2] / "static"
DIST = STATIC / "dist"


def load_assets(folder: Path = DIST) -> dict[str, str]:
    """Asset → address, e.g. `app.js` → `/static/app-3KX2.js`. Raises ConfigurationError when nothing was built."""
    try:
        names: dict[str, str] = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise ConfigurationError("the screens are not built: run `npm ci && npm run build`") from error
    return {asset: f"/static/{name}" for asset, name in names.items()}
