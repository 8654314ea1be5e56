"""The MLP probe of `layerscope probe --probe mlp` in PyTorch, by the same recipe (docs/probing.md), on vectors that
`layerscope extract` wrote.

    layerscope extract --model DIR --data dev.conllu.gz --out dev.safetensors
    layerscope extract --model DIR --data test.conllu.gz --out test.safetensors
    python mlp_peer.py dev.safetensors dev.conllu.gz test.safetensors test.conllu.gz [column] [hidden] [layers]

Prints the accuracy of every layer in percent. `column` is 3 for UPOS (the default) or 7 for deprel.
"""

import copy
import gzip
import sys

import numpy as np
import torch
from safetensors.numpy import load_file


def labels_of(path, column):
    labels, sentences, sentence = [], [], 0
    with gzip.open(path, 'rt', encoding='utf8') as file:
        for line in file:
            cells = line.rstrip('\n').split('\t')
            if len(cells) == 10 and cells[0].isdigit():
                labels.append(cells[column])
                sentences.append(sentence)
            elif not line.strip():
                sentence += 1
    return labels, np.array(sentences)


def fit(x, y, sentences, classes, hidden, seed, epochs=40, batch=256, patience=4, held_out=0.1, rate=1e-3):
    torch.manual_seed(seed)
    random = np.random.RandomState(seed)
    order = random.permutation(np.unique(sentences))
    held = np.isin(sentences, order[: round(held_out * len(order))])
    train, dev = torch.tensor(np.flatnonzero(~held)), torch.tensor(np.flatnonzero(held))
    sizes = [x.shape[1], *hidden]
    blocks = [part for a, b in zip(sizes, sizes[1:]) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    model = torch.nn.Sequential(*blocks, torch.nn.Linear(sizes[-1], classes))
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    loss_of = torch.nn.CrossEntropyLoss()
    best, kept, stale = float('inf'), None, 0
    for _ in range(epochs):
        for rows in train[torch.randperm(len(train))].split(batch):
            optimiser.zero_grad()
            loss_of(model(x[rows]), y[rows]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = loss_of(model(x[dev]), y[dev]).item()
        if loss < best:
            best, kept, stale = loss, copy.deepcopy(model.state_dict()), 0
        else:
            stale += 1
            for group in optimiser.param_groups:
                group['lr'] *= 0.5
        if stale == patience:
            break
    model.load_state_dict(kept)
    return model


def main(train_vectors, train_labels, test_vectors, test_labels, column='3', hidden='256', layers=''):
    gold, sentences = labels_of(train_labels, int(column))
    wanted, _ = labels_of(test_labels, int(column))
    names = sorted(set(gold))
    index = {name: i for i, name in enumerate(names)}
    y = torch.tensor([index[name] for name in gold])
    target = torch.tensor([index.get(name, -1) for name in wanted])
    train, test = load_file(train_vectors), load_file(test_vectors)
    hooks = ['embed'] + [f'blocks.{i}.resid_post' for i in range(len(train) - 1)]
    sizes = [int(size) for size in hidden.split(',')]
    for layer in [int(text) for text in layers.split(',')] if layers else range(len(hooks)):
        x = torch.tensor(np.asarray(train[hooks[layer]], dtype=np.float32))
        mean, scale = x.mean(0), x.std(0, unbiased=False).clamp(min=1e-12)
        scores = []
        for seed in (1, 2):
            model = fit((x - mean) / scale, y, sentences, len(names), sizes, seed)
            with torch.no_grad():
                answers = model((torch.tensor(np.asarray(test[hooks[layer]], dtype=np.float32)) - mean) / scale).argmax(
                    1
                )
            scores.append(100 * (answers == target).float().mean().item())
        print(f'layer {layer}: ' + ' '.join(f'{score:.2f}' for score in scores), flush=True)


main(*sys.argv[1:])
