"""Direct logits, path patching, and patching over several pairs and by KL in PyTorch: what
`test/engine/ablations/paths.test.ts` is held to.

    python bench/peers/paths_peer.py resources/models/gpt2-ud-tiny test/fixtures/ablations/paths.json

Needs torch, transformers, tokenizers. A path is patched by freezing: every attention and MLP gives what it gave in the
unchanged sentence, but for the receiver, which is computed from a residual stream in which the sender's output is
another; then a second run is made with the receiver's new output alone.
"""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

pairs = [
    ('The man near the door', 'The men near the door', 'is', 'are'),
    ('The dog by the house', 'The dogs by the house', 'was', 'were'),
]


def main(folder, out):
    torch.set_grad_enabled(False)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation='eager').eval()
    tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
    body, layers, heads = model.transformer, model.config.n_layer, model.config.n_head
    width = model.config.n_embd
    each = width // heads
    encode = lambda text: tokenizer.encode(' ' + text, add_special_tokens=False).ids

    def run(ids, replace=None):
        """The logits and what every module gave; `replace` gives a module's input or output by its name."""
        seen, handles = {}, []

        def before(name):
            def hook(_, given):
                value = replace(name, given[0]) if replace else None
                seen[name] = given[0] if value is None else value
                return None if value is None else (value,)

            return hook

        def after(name):
            def hook(_, given, gave):
                value = gave[0] if isinstance(gave, tuple) else gave
                new = replace(name, value) if replace else None
                seen[name] = value if new is None else new
                if new is None:
                    return None
                return (new, *gave[1:]) if isinstance(gave, tuple) else new

            return hook

        for b, block in enumerate(body.h):
            handles += [
                block.ln_1.register_forward_pre_hook(before(f'{b}.pre')),
                block.ln_2.register_forward_pre_hook(before(f'{b}.mid')),
                block.attn.c_attn.register_forward_hook(after(f'{b}.qkv')),
                block.attn.c_proj.register_forward_pre_hook(before(f'{b}.heads')),
                block.attn.register_forward_hook(after(f'{b}.attn')),
                block.mlp.register_forward_hook(after(f'{b}.mlp')),
            ]
        handles.append(body.ln_f.register_forward_pre_hook(before('final')))
        logits = model(torch.tensor([ids])).logits[0]
        for handle in handles:
            handle.remove()
        return logits, seen

    def direct(ids, first, second):
        logits, seen = run(ids)
        final = seen['final'][0, -1]
        scale = (final.var(unbiased=False) + body.ln_f.eps).sqrt()
        way = model.lm_head.weight[first] - (0 if second is None else model.lm_head.weight[second])
        read = lambda part: (((part - part.mean()) / scale * body.ln_f.weight) @ way).item()
        rows = {'byHead': [], 'biases': [], 'mlps': []}
        for b, block in enumerate(body.h):
            result = seen[f'{b}.heads'][0, -1].reshape(heads, each)
            matrix = block.attn.c_proj.weight.reshape(heads, each, width)
            rows['byHead'] += [read(result[h] @ matrix[h]) for h in range(heads)]
            rows['biases'].append(read(block.attn.c_proj.bias))
            rows['mlps'].append(read(seen[f'{b}.mlp'][0, -1]))
        rows['embeddings'] = read(seen['0.pre'][0, -1])
        rows['offset'] = (body.ln_f.bias @ way).item()
        rows['total'] = (logits[-1, first] - (0 if second is None else logits[-1, second])).item()
        return rows

    def path(pair, receiver, measure):
        """[layers][heads] of the measure when the receiver has read the other sentence's head; None: not before it."""
        ids, source = encode(pair[0]), encode(pair[1])
        _, plain = run(ids)
        theirs, there = run(source)
        rows = []
        for b in range(layers):
            row = []
            for h in range(heads):
                columns = slice(h * each, (h + 1) * each)
                target = None if receiver == 'logits' else int(receiver.split(':')[1].split('.')[0]) - 1

                def frozen(name, value):
                    if name == f'{b}.heads':
                        changed = plain[name].clone()
                        changed[..., columns] = there[name][..., columns]
                        return changed
                    kind = name.split('.')[-1]
                    # The sender's block gives its changed attention; every other module what it gave.
                    if kind == 'attn' and name != f'{b}.attn':
                        return plain[name]
                    if kind == 'mlp':
                        return plain[name]
                    return None

                def freshly(name, value):
                    """The same, with the receiver's own module computed, and kept in `got`."""
                    new = frozen(name, value)
                    if receiver != 'logits' and name == site:
                        got[name] = value
                    return new

                if receiver == 'logits':
                    logits, _ = run(ids, frozen)
                    row.append(measure(logits, theirs, pair))
                    continue
                site = f'{target}.mlp' if receiver.startswith('m') else f'{target}.qkv'
                if b > target or (b == target and not receiver.startswith('m')):
                    row.append(None)
                    continue
                got = {}
                run(ids, freshly)

                def received(name, value):
                    if name != site:
                        return None
                    if receiver.startswith('m'):
                        return got[name]
                    part, head = 'qkv'.index(receiver[0]), int(receiver.split('.')[1]) - 1
                    start = part * width + head * each
                    changed = value.clone()
                    changed[..., start : start + each] = got[name][..., start : start + each]
                    return changed

                logits, _ = run(ids, received)
                row.append(measure(logits, theirs, pair))
            rows.append(row)
        return rows, measure(run(ids)[0], theirs, pair), measure(theirs, theirs, pair)

    def difference(logits, theirs, pair):
        first, second = [encode(word)[0] for word in pair[2:]]
        return (logits[-1, first] - logits[-1, second]).item()

    def divergence(logits, theirs, pair):
        p, q = theirs[-1].log_softmax(-1), logits[-1].log_softmax(-1)
        return (p.exp() * (p - q)).sum().item()

    def shares(results):
        """The mean change over pairs, of the mean difference; 0 for what the receiver does not read."""
        plain, target = [sum(result[i] for result in results) / len(results) for i in (1, 2)]
        cell = lambda b, h: (
            0
            if results[0][0][b][h] is None
            else (sum(result[0][b][h] for result in results) / len(results) - plain) / (target - plain)
        )
        return {'plain': plain, 'source': target, 'restored': [cell(b, h) for b in range(layers) for h in range(heads)]}

    receivers = ['logits', 'mlp:3', 'mlp:2', 'q:3.2', 'k:3.2', 'v:4.1']
    result = {
        'pairs': [
            {'sentence': encode(p[0]), 'source': encode(p[1]), 'first': encode(p[2])[0], 'second': encode(p[3])[0]}
            for p in pairs
        ],
        'direct': [direct(encode(p[0]), encode(p[2])[0], encode(p[3])[0]) for p in pairs],
        'alone': direct(encode(pairs[0][0]), encode('is')[0], None),
        'paths': {receiver: shares([path(pairs[0], receiver, difference)]) for receiver in receivers},
        'several': shares([path(pair, 'logits', difference) for pair in pairs]),
        'kl': shares([path(pair, 'logits', divergence) for pair in pairs]),
    }
    with open(out, 'w') as file:
        json.dump(result, file)
        file.write('\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
