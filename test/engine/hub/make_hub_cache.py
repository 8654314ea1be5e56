"""Downloads a model with huggingface_hub and tells how its cache lies on the disk, or reads a cache of ours with it.

python make_hub_cache.py download REPO REVISION PATTERN ...   HF_ENDPOINT and HF_HOME say from where and to where
python make_hub_cache.py read REPO REVISION                   what `snapshot_download(local_files_only=True)` and
`scan_cache_dir` find
"""

import json
import os
import sys

from huggingface_hub import scan_cache_dir, snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE


def layout():
    found = {}
    for folder, _, names in os.walk(HF_HUB_CACHE):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, HF_HUB_CACHE)] = (
                {"link": os.readlink(path)} if os.path.islink(path) else {"bytes": os.path.getsize(path)}
            )
    return found


verb, repo, revision, *patterns = sys.argv[1:]
if verb == "download":
    folder = snapshot_download(repo, revision=revision, allow_patterns=patterns)
    print(json.dumps({"folder": folder, "layout": layout()}))
else:
    folder = snapshot_download(repo, revision=revision, local_files_only=True)
    info = scan_cache_dir()
    repos = [
        {
            "repo": one.repo_id,
            "size": one.size_on_disk,
            "revisions": [
                {
                    "commit": each.commit_hash,
                    "refs": sorted(each.refs),
                    "files": {file.file_name: file.size_on_disk for file in each.files},
                }
                for each in one.revisions
            ],
        }
        for one in info.repos
    ]
    print(json.dumps({"folder": folder, "warnings": [str(warning) for warning in info.warnings], "repos": repos}))
