"""Asks the index that pip is configured with: files NAME, or sdist NAME VERSION FILE."""
import json
import re
import sys

from pip._internal.commands import create_command

command = create_command("download")
options, _ = command.parse_args(["x"])
with command.main_context():
    session = command.get_default_session(options)
    page = session.get(
        options.index_url.rstrip("/") + "/" + sys.argv[2] + "/",
        headers={"Accept": "application/vnd.pypi.simple.v1+json"},
    )
    page.raise_for_status()
    files = page.json()["files"]
    if sys.argv[1] == "files":
        keep = ("filename", "upload-time", "yanked", "requires-python")
        json.dump([{k: f.get(k) for k in keep if f.get(k)} for f in files], sys.stdout)
    else:
        name, version, out = sys.argv[2:5]
        for f in files:
            stem, _, rest = f["filename"].rpartition("-")
            if rest == version + ".tar.gz" and re.sub(r"[-_.]+", "-", stem).lower() == name:
                with open(out, "wb") as w:
                    w.write(session.get(f["url"], headers={"Accept-Encoding": "identity"}).content)
                break
        else:
            sys.exit("no source archive of that version")
