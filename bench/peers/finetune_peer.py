"""Training steps of a sentence classifier on a BERT-like checkpoint in PyTorch: forward, backward, AdamW.

Usage: python finetune_peer.py   reads one JSON line a request from standard input, answers with one JSON line each:
  {"folder": ..., "method": "full", "batch": 16, "tokens": 32, "threads": 2, "dropout": false}   loads; answers with
      versions and memory
  {"times": n}           n steps; answers with milliseconds, those of processor time, losses, and the most memory in MiB
      so far
Methods: full; lower-frozen (embeddings and the lower half of the blocks); adapters (Houlsby et al. 2019, 48 wide, norms
trained); lora (rank 8, queries and values); frozen (the head alone, the encoder run at every step). Token ids, labels
and the head's first values are those of bench/finetune.ts.
"""

import json, math, os, resource, sys, time, warnings

warnings.filterwarnings('ignore')
import logging

logging.disable(logging.WARNING)
import torch
import torch.nn as nn
import torch.nn.functional as F
import transformers
from transformers import AutoModel

CLASSES, ADAPTER, RANK = 10, 48, 8


class Adapter(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Linear(width, ADAPTER), nn.Linear(ADAPTER, width)
        for layer in (self.down, self.up):
            nn.init.normal_(layer.weight, std=1e-3)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        return x + self.up(F.gelu(self.down(x)))


class Lora(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.randn(RANK, width) / RANK), nn.Parameter(torch.zeros(width, RANK))

    def forward(self, x):
        return F.linear(F.linear(x, self.a), self.b) * 2


class Net(nn.Module):
    def __init__(self, folder, method):
        super().__init__()
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32)
        width, layers = self.model.config.hidden_size, self.model.encoder.layer
        self.head = nn.Linear(width, CLASSES)
        with torch.no_grad():
            self.head.weight.copy_(
                (0.02 * torch.sin(torch.arange(CLASSES * width, dtype=torch.float64))).reshape(CLASSES, width)
            )
            self.head.bias.zero_()
        added = []
        if method == 'adapters':
            for layer in layers:
                for dense in (layer.attention.output.dense, layer.output.dense):
                    adapter = Adapter(width)
                    added.append(adapter)
                    dense.register_forward_hook(lambda m, i, o, adapter=adapter: adapter(o))
        if method == 'lora':
            for layer in layers:
                for dense in (layer.attention.self.query, layer.attention.self.value):
                    lora = Lora(width)
                    added.append(lora)
                    dense.register_forward_hook(lambda m, i, o, lora=lora: o + lora(i[0]))
        self.added = nn.ModuleList(added)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(
                method in ('full', 'lower-frozen') or (method == 'adapters' and 'LayerNorm' in name)
            )
        if method == 'lower-frozen':
            for module in [self.model.embeddings, *layers[: len(layers) // 2]]:
                for parameter in module.parameters():
                    parameter.requires_grad_(False)

    def forward(self, ids, mask):
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].to(hidden.dtype)
        return self.head((hidden * weights).sum(-2) / weights.sum(-2))


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def load(folder, method, batch, tokens, threads, dropout):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = Net(folder, method)
    net.train() if dropout else net.eval()
    ids = (torch.arange(batch * tokens) * 7919 % 28000 + 1000).reshape(batch, tokens)
    mask, labels = torch.ones_like(ids), torch.arange(batch) % CLASSES
    optimiser = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=1e-5, weight_decay=0.01)

    def step():
        loss = F.cross_entropy(net(ids, mask), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    trained = sum(p.numel() for p in net.parameters() if p.requires_grad)
    return step, dict(torch=torch.__version__, transformers=transformers.__version__, loaded=peak(), trained=trained)


step = None
for line in sys.stdin:
    request = json.loads(line)
    if 'folder' in request:
        step, answer = load(**request)
    else:
        wall, processor, losses = [], [], []
        for _ in range(request['times']):
            start, before = time.perf_counter(), time.process_time()
            losses.append(step())
            wall.append((time.perf_counter() - start) * 1000)
            processor.append((time.process_time() - before) * 1000)
        answer = dict(wall=wall, processor=processor, losses=losses, peak=peak())
    print(json.dumps(answer), flush=True)
