"""Ablations in PyTorch, by transformers' own modules: what `test/engine/ablations/reference.test.ts` is held to.

    python bench/peers/ablation_peer.py resources/models/gpt2-ud-tiny test/fixtures/ablations/gpt2-ud-tiny.json

Loss with a head off: the rows of its block's output projection that read the head are set to 0. Logit lens: every
hidden state through the final norm and the head. Importance of heads: the gradient of each sentence's mean loss by a
mask of ones on what the heads give. Patching: a forward hook that puts one token's hidden state, or one head's part of
the projection's input, in the other sentence's place. Scores of heads: from the attention maps, by plain loops over
queries and keys.
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
    'They were very good people and they were very kind .',
]
sentence, source = 'The man near the old door', 'The men near the old door'
nearest = 8


def main(folder, out):
    torch.set_grad_enabled(False)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation='eager').eval()
    tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
    layers, heads = model.config.n_layer, model.config.n_head
    width = model.config.n_embd // heads
    ids_of = lambda text: tokenizer.encode(' ' + text, add_special_tokens=False).ids
    sentences = [ids_of(text) for text in texts]
    run = lambda ids, **options: model(torch.tensor([ids]), **options)

    def losses():
        sums = []
        for ids in sentences:
            logs = run(ids).logits[0].log_softmax(-1)
            sums.append(-sum(logs[t, ids[t + 1]].item() for t in range(len(ids) - 1)))
        return sums

    def without(block, head):
        weight = model.transformer.h[block].attn.c_proj.weight
        rows = slice(head * width, (head + 1) * width)
        kept = weight[rows].clone()
        weight[rows] = 0
        result = losses()
        weight[rows] = kept
        return result

    # Michel, Levy & Neubig 2019, equation 5, and their norm over the heads of a block.
    @torch.enable_grad()
    def importance():
        masks = [torch.ones(heads, requires_grad=True) for _ in range(layers)]
        handles = [
            block.attn.c_proj.register_forward_pre_hook(
                lambda _, arguments, mask=mask: (arguments[0] * mask.repeat_interleave(width),)
            )
            for block, mask in zip(model.transformer.h, masks)
        ]
        sums = torch.zeros(layers, heads)
        for ids in sentences:
            logs = run(ids).logits[0].log_softmax(-1)
            loss = -sum(logs[t, ids[t + 1]] for t in range(len(ids) - 1)) / (len(ids) - 1)
            sums += torch.stack(torch.autograd.grad(loss, masks)).abs()
        for handle in handles:
            handle.remove()
        means = sums / len(sentences)
        return (means / means.norm(dim=-1, keepdim=True)).flatten().tolist()

    watched = [ids_of('the')[0], ids_of('is')[0]]
    states = run(sentences[0], output_hidden_states=True).hidden_states
    lens = []
    for layer, state in enumerate(states):
        normed = state[0] if layer == layers else model.transformer.ln_f(state[0])
        logs = model.lm_head(normed).log_softmax(-1)
        lens.append(
            {
                'best': logs.argmax(-1).tolist(),
                'probability': logs.max(-1).values.exp().tolist(),
                'watched': [logs[:, word].tolist() for word in watched],
                'rank': [(logs > logs[:, [word]]).sum(-1).add(1).tolist() for word in watched],
            }
        )

    a, b = ids_of(sentence), ids_of(source)
    assert len(a) == len(b)
    first, second = ids_of('is')[0], ids_of('are')[0]

    def answer(ids):
        logs = run(ids).logits[0, -1].log_softmax(-1)
        return (logs[first] - logs[second]).item()

    plain, target = answer(a), answer(b)

    def patched(module, change, before):
        handle = module.register_forward_pre_hook(change) if before else module.register_forward_hook(change)
        value = answer(a)
        handle.remove()
        return (value - plain) / (target - plain)

    given = run(b, output_hidden_states=True).hidden_states
    places = [model.transformer.drop, *model.transformer.h]

    def at_token(layer, token):
        def change(_, __, output):
            hidden = output[0] if isinstance(output, tuple) else output
            hidden = hidden.clone()
            hidden[0, token] = inner[layer][token]
            return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

        return change

    # hidden_states of the last block are those after the final norm: patched is what the block itself gives.
    inner = []
    for place in places:
        handle = place.register_forward_hook(
            lambda _, __, output: inner.append((output[0] if isinstance(output, tuple) else output)[0].clone())
        )
        run(b)
        handle.remove()
    assert torch.allclose(inner[1], given[1][0], atol=1e-6)
    resid = [
        [patched(place, at_token(layer, token), False) for token in range(len(a))] for layer, place in enumerate(places)
    ]

    mixed = []
    for block in model.transformer.h:
        handle = block.attn.c_proj.register_forward_pre_hook(lambda _, arguments: mixed.append(arguments[0][0].clone()))
        run(b)
        handle.remove()

    def at_head(block, head):
        def change(_, arguments):
            value = arguments[0].clone()
            value[0, :, head * width : (head + 1) * width] = mixed[block][:, head * width : (head + 1) * width]
            return (value,)

        return change

    by_head = [
        [patched(model.transformer.h[block].attn.c_proj, at_head(block, head), True) for head in range(heads)]
        for block in range(layers)
    ]

    # What is counted does not depend on whether the arcs make a tree: the partner of word i follows from a rule.
    trees = [
        [-1 if i == 0 or (5 * i + 2) % len(ids) == i else (5 * i + 2) % len(ids) for i in range(len(ids))]
        for ids in sentences
    ]
    maps = [torch.stack(run(ids, output_attentions=True).attentions)[:, 0] for ids in sentences]
    scores = {name: [] for name in ['previous', 'current', 'positional', 'sameToken', 'induction', 'relation:dep']}
    for block in range(layers):
        for head in range(heads):
            own = [m[block, head].tolist() for m in maps]
            by_distance = {d: [] for d in range(-nearest, nearest + 1)}
            same, induction, up, down = [], [], [], []
            for ids, attention, tree in zip(sentences, own, trees):
                n = len(ids)
                for q in range(n):
                    for k in range(n):
                        if abs(k - q) <= nearest:
                            by_distance[k - q].append(attention[q][k])
                    copies = [k for k in range(n) if k != q and ids[k] == ids[q]]
                    if copies:
                        same.append(sum(attention[q][k] for k in copies))
                    after = [k + 1 for k in copies if k + 1 < q]
                    if after:
                        induction.append(sum(attention[q][k] for k in after))
                favourite = lambda q: max((k for k in range(n) if k != q), key=lambda k: attention[q][k])
                for dependent, governor in enumerate(tree):
                    if governor >= 0:
                        up.append(favourite(dependent) == governor)
                        down.append(favourite(governor) == dependent)
            mean = lambda values: sum(values) / len(values)
            scores['previous'].append(mean(by_distance[-1]))
            scores['current'].append(mean(by_distance[0]))
            scores['positional'].append(max(mean(values) for d, values in by_distance.items() if d))
            scores['sameToken'].append(mean(same))
            scores['induction'].append(mean(induction))
            scores['relation:dep'].append(max(mean(up), mean(down)))

    result = {
        'script': 'bench/peers/ablation_peer.py',
        'torch': torch.__version__,
        'sentences': sentences,
        'trees': trees,
        'plain': losses(),
        'heads': [
            {'block': block, 'head': head, 'loss': without(block, head)}
            for block, head in [(0, 0), (0, 3), (1, 2), (3, 1)]
        ],
        'importance': importance(),
        'watched': watched,
        'lens': lens,
        'patching': {
            'sentence': a,
            'source': b,
            'first': first,
            'second': second,
            'plain': plain,
            'target': target,
            'resid': resid,
            'head': by_head,
        },
        'scores': scores,
    }
    rounded = json.loads(json.dumps(result), parse_float=lambda text: round(float(text), 7))
    with open(out, 'w') as file:
        file.write(json.dumps(rounded, separators=(',', ':')) + '\n')


main(*sys.argv[1:])
