"""All hidden states of a CoNLL-U file through transformers + PyTorch sdpa, first subword of every word: the usual
Python extraction.

Usage: python forward_peer.py MODEL_DIR FILE.conllu[.gz]   prints one JSON line
"""

import gzip, json, sys, time

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer


def read(path):
    sentences, words = [], []
    with (gzip.open if path.endswith('.gz') else open)(path, 'rt', encoding='utf8') as lines:
        for line in lines:
            if not line.strip():
                if words:
                    sentences.append(words)
                words = []
            elif line[0] != '#':
                columns = line.split('\t')
                if columns[0].isdigit():
                    words.append(columns[1])
    return sentences


def extract(model, tokenizer, sentences, batch=32):
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    out = [None] * len(sentences)
    subwords = 0
    with torch.no_grad():
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            encoded = tokenizer(
                [sentences[i] for i in rows],
                is_split_into_words=True,
                padding=True,
                truncation=True,
                max_length=512,
                return_tensors='pt',
            )
            hidden = torch.stack(model(**encoded, output_hidden_states=True).hidden_states)
            subwords += int(encoded['attention_mask'].sum())
            for k, i in enumerate(rows):
                first = {}
                for token, word in enumerate(encoded.word_ids(k)):
                    if word is not None:
                        first.setdefault(word, token)
                out[i] = hidden[:, k, [first[word] for word in sorted(first)]].numpy()
    return np.concatenate(out, 1), subwords


torch.set_num_threads(2)
folder, path = sys.argv[1:3]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation='sdpa').eval()
sentences = read(path)
extract(model, tokenizer, sentences[:200])
started = time.time()
vectors, subwords = extract(model, tokenizer, sentences)
print(
    json.dumps(dict(seconds=time.time() - started, subwords=subwords, words=vectors.shape[1], torch=torch.__version__))
)
