"""Trains the bundled word vectors: word2vec on the training part of UD English EWT.

    python make_word2vec.py        writes word2vec-ud.vec.gz beside itself; needs gensim (made with 4.4.0)

Skip-gram with 10 negative samples (Mikolov et al. 2013), two words to either side, 15 passes, words in lower case that
occur twice or more. One worker and a fixed seed (PYTHONHASHSEED=0 as well) make the result repeatable. Three decimals
are kept.
"""

import gzip
import os

from gensim.models import Word2Vec

here = os.path.dirname(os.path.abspath(__file__))
treebank = os.path.join(here, '../../datasets/ud_english-ewt/en_ewt-ud-train.conllu.gz')


def sentences():
    words = []
    for line in gzip.open(treebank, 'rt', encoding='utf-8'):
        if line == '\n':
            yield words
            words = []
        elif line.split('\t')[0].isdigit():
            words.append(line.split('\t')[1].lower())


model = Word2Vec(
    list(sentences()), vector_size=100, window=2, min_count=2, sg=1, negative=10, epochs=15, seed=1, workers=1
)
lines = [f'{len(model.wv)} {model.vector_size}']
lines += [f'{word} ' + ' '.join(f'{value:.3f}' for value in model.wv[word]) for word in model.wv.index_to_key]
with open(os.path.join(here, 'word2vec-ud.vec.gz'), 'wb') as out:
    out.write(gzip.compress(('\n'.join(lines) + '\n').encode(), 9, mtime=0))
