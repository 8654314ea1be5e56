"""Every part of a decoder switched off in PyTorch, by transformers' own modules with hooks: what
`test/engine/ablations/interventions.test.ts` is held to.

    python bench/peers/interventions_peer.py resources/models/gpt2-ud-tiny test/fixtures/ablations/interventions.json

Needs torch, transformers, tokenizers, numpy. A head is changed in the input of its block's output projection, an
attention or MLP in what it gives to the residual stream; a block that is left out gives its input. Zero; the mean over
all tokens of the corpus; the value of another token of it (resample), drawn by Layerscope's generator, which is
repeated here. The corpus is these sentences, the shortest first. Losses are sums over a sentence's next tokens.
"""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

texts = [
    'The man near the door said that the man was late and that the men near the door were early .',
    'I think that she wants to go to the shop , but I do not know where the shop is .',
    'Google has bought a company that makes phones .',
    'They were very good people and they were kind .',
]
MASK = 0xFFFFFFFF
seed = 5


def generator(number):
    """sfc32 of src/shared/random.ts: a function that draws a whole number below a bound."""
    a, b, c, counter = 0x9E3779B9, 0x243F6A88, number & MASK, 1

    def bits():
        nonlocal a, b, c, counter
        total = (a + b + counter) & MASK
        counter = (counter + 1) & MASK
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & MASK
        c = ((((c << 21) & MASK) | (c >> 11)) + total) & MASK
        return total

    for _ in range(15):
        bits()
    return lambda bound: int(bits() / 4294967296 * bound)


def main(folder, out):
    torch.set_grad_enabled(False)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation='eager').eval()
    tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
    layers, heads = model.config.n_layer, model.config.n_head
    width = model.config.n_embd // heads
    sentences = [tokenizer.encode(' ' + text, add_special_tokens=False).ids for text in texts]
    sentences.sort(key=len)

    def losses():
        sums = []
        for ids in sentences:
            logs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
            sums.append(-sum(logs[t, ids[t + 1]].item() for t in range(len(ids) - 1)))
        return sums

    # Where each part is changed: a head in the input of the projection, others in their output.
    def place(kind, block):
        layer = model.transformer.h[block]
        return {'head': layer.attn.c_proj, 'attention': layer.attn, 'mlp': layer.mlp}[kind]

    def measured(kind, block):
        rows = []
        if kind == 'head':
            handle = place(kind, block).register_forward_pre_hook(lambda _, given: rows.append(given[0][0].clone()))
        else:
            handle = place(kind, block).register_forward_hook(
                lambda _, __, output: rows.append((output[0] if isinstance(output, tuple) else output)[0].clone())
            )
        losses()
        handle.remove()
        return torch.cat(rows)

    def changed(kind, block, head, replacement):
        """`replacement` makes [tokens, columns] for the value of one sentence."""
        columns = slice(head * width, (head + 1) * width) if kind == 'head' else slice(None)

        def new(value):
            value = value.clone()
            value[0, :, columns] = replacement(value.shape[1])[:, columns]
            return value

        if kind == 'head':
            handle = place(kind, block).register_forward_pre_hook(lambda _, given: (new(given[0]), *given[1:]))
        else:
            handle = place(kind, block).register_forward_hook(
                lambda _, __, output: (new(output[0]), *output[1:]) if isinstance(output, tuple) else new(output)
            )
        result = losses()
        handle.remove()
        return result

    def skipped(block):
        handle = model.transformer.h[block].register_forward_hook(
            lambda _, given, output: (given[0], *output[1:]) if isinstance(output, tuple) else given[0]
        )
        result = losses()
        handle.remove()
        return result

    units = [('head', block, head) for block in range(layers) for head in range(heads)]
    units += [(kind, block, None) for kind in ('attention', 'mlp') for block in range(layers)]
    effects = {'zero': [], 'mean': [], 'resample': []}
    for kind, block, head in units:
        corpus = measured(kind, block)
        drawn = generator(seed)
        zeros = torch.zeros_like(corpus)
        effects['zero'].append(changed(kind, block, head, lambda tokens: zeros[:tokens]))
        effects['mean'].append(changed(kind, block, head, lambda tokens: corpus.mean(0).expand(tokens, -1)))
        effects['resample'].append(
            changed(kind, block, head, lambda tokens: corpus[[drawn(len(corpus)) for _ in range(tokens)]])
        )
    result = {
        'script': 'bench/peers/interventions_peer.py',
        'torch': torch.__version__,
        'seed': seed,
        'sentences': sentences,
        'plain': losses(),
        'units': [{'kind': kind, 'block': block, 'head': head} for kind, block, head in units],
        **effects,
        'skip': [skipped(block) for block in range(layers)],
    }
    rounded = json.loads(json.dumps(result), parse_float=lambda text: round(float(text), 7))
    with open(out, 'w') as file:
        file.write(json.dumps(rounded, separators=(',', ':')) + '\n')


main(*sys.argv[1:])
