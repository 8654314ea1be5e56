"""umap-learn on given vectors, timed warm, and scikit-learn's trustworthiness of its layout and of ours.

Usage: python umap_peer.py FOLDER WIDTH METRIC RUNS   prints one JSON line
FOLDER holds vectors.f32 [n, WIDTH] and, for every layout to judge, NAME.layout.f32 [n, 2].

The first fit compiles and is reported apart. No seed is set: with one, umap-learn gives up its threads.
"""

import glob
import json
import os
import sys
import time
import warnings

import numpy as np
import umap
from sklearn.manifold import trustworthiness

warnings.filterwarnings('ignore')
folder, width, metric, runs = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
vectors = np.fromfile(os.path.join(folder, 'vectors.f32'), '<f4').reshape(-1, width)
seconds = []
layouts = {}
for run in range(runs + 1):
    started = time.time()
    layouts[f'umap-learn {run}'] = umap.UMAP(n_neighbors=15, min_dist=0.1, metric=metric).fit_transform(vectors)
    seconds.append(time.time() - started)
del layouts['umap-learn 0']
for path in glob.glob(os.path.join(folder, '*.layout.f32')):
    layouts[os.path.basename(path)[: -len('.layout.f32')]] = np.fromfile(path, '<f4').reshape(-1, 2)
judged = {
    name: float(trustworthiness(vectors, layout, n_neighbors=15, metric=metric)) for name, layout in layouts.items()
}
print(json.dumps(dict(first=seconds[0], warm=seconds[1:], trustworthiness=judged, umap=umap.__version__)))
