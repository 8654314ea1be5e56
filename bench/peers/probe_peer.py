"""One scikit-learn LogisticRegression a layer on word vectors that lie on disk: the usual Python loop.

Usage: python probe_peer.py FOLDER TASK   prints one JSON line
FOLDER holds meta.json (width, layers, items and labels of both splits) and {train,test}-LAYER.f32, row-major float32.
Features standardised on the training words, LogisticRegression(C=1.0, max_iter=1000); seconds are those of scaler, fit
and score, without reading, `processor` the same of all threads.
"""

import json
import os
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings('ignore')
folder, task = sys.argv[1:3]
with open(os.path.join(folder, 'meta.json'), encoding='utf8') as file:
    meta = json.load(file)
labels = {split: np.array(meta['labels'][task][split]) for split in ('train', 'test')}


def vectors(split, layer):
    return np.fromfile(os.path.join(folder, f'{split}-{layer}.f32'), '<f4').reshape(-1, meta['width'])


layers = []
processor = 0
for layer in meta['layers']:
    x, t = vectors('train', layer), vectors('test', layer)
    started, used = time.time(), time.process_time()
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(scaler.transform(x), labels['train'])
    accuracy = float(model.score(scaler.transform(t), labels['test']))
    processor += time.process_time() - used
    layers.append(
        dict(layer=layer, accuracy=accuracy, seconds=time.time() - started, iterations=int(model.n_iter_.max()))
    )
print(
    json.dumps(
        dict(
            seconds=sum(row['seconds'] for row in layers),
            processor=processor,
            layers=layers,
            scikit_learn=sklearn.__version__,
        )
    )
)
