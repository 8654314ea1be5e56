"""A tuned lens in PyTorch (Belrose et al. 2023), on fixed batches, for `test/engine/ablations/tunedLens.test.ts`.

    python bench/peers/tuned_lens_peer.py resources/models/gpt2-ud-tiny test/fixtures/ablations/tunedLens.json

Needs torch, transformers, tokenizers. Every layer below the top has x + x A + b, A and b zero at first, then the
model's own final norm and head; Adam with a rate that falls to 0 in a line makes the mean of KL(final || lens) smaller.
"""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

RATE, STEPS = 0.001, 12
texts = [
    'The man near the door said that the man was late and that the men near the door were early .',
    'I think that she wants to go to the shop , but I do not know where the shop is .',
    'Google has bought a company that makes phones .',
    'They were very good people and they were kind .',
]


def main(folder, out):
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation='eager').eval().requires_grad_(False)
    tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
    sentences = [tokenizer.encode(' ' + text, add_special_tokens=False).ids for text in texts]
    layers, width = model.config.n_layer, model.config.n_embd
    matrices = [torch.zeros(width, width, requires_grad=True) for _ in range(layers)]
    offsets = [torch.zeros(width, requires_grad=True) for _ in range(layers)]
    optimiser = torch.optim.Adam([*matrices, *offsets], lr=RATE)

    def divergences(ids, tuned=True):
        out = model(torch.tensor([ids]), output_hidden_states=True)
        final = out.logits[0].log_softmax(-1)
        for layer in range(layers):
            x = out.hidden_states[layer][0]
            read = x + x @ matrices[layer] + offsets[layer] if tuned else x
            lens = model.lm_head(model.transformer.ln_f(read)).log_softmax(-1)
            yield (final.exp() * (final - lens)).sum(-1)

    for step in range(STEPS):
        for group in optimiser.param_groups:
            group['lr'] = RATE * (STEPS - step) / STEPS
        optimiser.zero_grad()
        sum(rows.mean() for rows in divergences(sentences[step % 3])).backward()
        optimiser.step()
    with torch.no_grad():
        mean = lambda tuned: [rows.mean().item() for rows in divergences(sentences[3], tuned)]
        result = {
            'rate': RATE,
            'batches': [sentences[step % 3] for step in range(STEPS)],
            'heldOut': sentences[3],
            'logit': mean(False),
            'tuned': mean(True),
            'matrices': [[matrix.norm().item(), *matrix[0, :4].tolist()] for matrix in matrices],
            'offsets': [[offset.norm().item(), *offset[:4].tolist()] for offset in offsets],
        }
    with open(out, 'w') as file:
        json.dump(result, file)
        file.write('\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
