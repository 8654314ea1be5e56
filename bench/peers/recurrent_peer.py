"""ELMo and AWD-LSTM of the published sizes with random weights in PyTorch, as many threads as are asked for.

Usage: python recurrent_peer.py   reads one JSON line a request from standard input, answers with one JSON line each:
  {"system": "elmo" or "awd-lstm", "sequences": 32, "tokens": 64, "threads": 2}   makes the model
  {"times": n}                                                                    milliseconds of n passes
ELMo is stepped through as AllenNLP's ElmoLstm does (LstmCellWithProjection, all words convolved at 50 characters each).
"""

import json, sys, time

import torch
import torch.nn.functional as F


class Cell(torch.nn.Module):
    def __init__(self, size, hidden):
        super().__init__()
        self.input = torch.nn.Linear(size, 4 * hidden, bias=False)
        self.state = torch.nn.Linear(size, 4 * hidden)
        self.projection = torch.nn.Linear(hidden, size, bias=False)
        self.hidden = hidden
        self.size = size

    def forward(self, x, backward):
        batch, tokens, _ = x.shape
        output = x.new_zeros(batch, tokens, self.size)
        h, c = x.new_zeros(batch, self.size), x.new_zeros(batch, self.hidden)
        for t in reversed(range(tokens)) if backward else range(tokens):
            i, f, g, o = (self.input(x[:, t]) + self.state(h)).chunk(4, 1)
            c = (torch.sigmoid(i) * torch.tanh(g) + torch.sigmoid(f) * c).clamp(-3, 3)
            h = self.projection(torch.sigmoid(o) * torch.tanh(c)).clamp(-3, 3)
            output[:, t] = h
        return output


class Elmo(torch.nn.Module):
    def __init__(self, size=512, hidden=4096):
        super().__init__()
        filters = [(1, 32), (2, 32), (3, 64), (4, 128), (5, 256), (6, 512), (7, 1024)]
        self.table = torch.nn.Embedding(262, 16)
        self.convolutions = torch.nn.ModuleList(torch.nn.Conv1d(16, count, width) for width, count in filters)
        self.highways = torch.nn.ModuleList(torch.nn.Linear(2048, 4096) for _ in range(2))
        self.projection = torch.nn.Linear(2048, size)
        self.forwards = torch.nn.ModuleList(Cell(size, hidden) for _ in range(2))
        self.backwards = torch.nn.ModuleList(Cell(size, hidden) for _ in range(2))

    def forward(self, characters):
        batch, tokens, letters = characters.shape
        x = self.table(characters.reshape(-1, letters)).transpose(1, 2)
        x = torch.cat([F.relu(convolution(x).max(-1).values) for convolution in self.convolutions], 1)
        for highway in self.highways:
            fresh, gate = highway(x).chunk(2, 1)
            gate = torch.sigmoid(gate)
            x = gate * F.relu(fresh) + (1 - gate) * x
        word = self.projection(x).reshape(batch, tokens, -1)
        states = [torch.cat([word, word], -1)]
        forward = backward = word
        for i, (first, second) in enumerate(zip(self.forwards, self.backwards)):
            f, b = first(forward, False), second(backward, True)
            forward, backward = (f + forward, b + backward) if i else (f, b)
            states.append(torch.cat([forward, backward], -1))
        return states


class Awd(torch.nn.Module):
    def __init__(self, vocabulary=30000, sizes=(400, 1152, 1152, 400)):
        super().__init__()
        self.table = torch.nn.Embedding(vocabulary, sizes[0])
        self.layers = torch.nn.ModuleList(torch.nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:]))

    def forward(self, ids):
        states = [self.table(ids)]
        for layer in self.layers:
            states.append(layer(states[-1])[0])
        return states


model = given = None
for line in sys.stdin:
    request = json.loads(line)
    if 'system' in request:
        torch.set_num_threads(request['threads'])
        torch.manual_seed(1)
        shape = (request['sequences'], request['tokens'])
        elmo = request['system'] == 'elmo'
        model = (Elmo() if elmo else Awd()).eval()
        given = torch.randint(1, 262, shape + (50,)) if elmo else torch.randint(0, 30000, shape)
        with torch.inference_mode():
            model(given)
        answer = {'torch': torch.__version__}
    else:
        wall = []
        for _ in range(request['times']):
            start = time.perf_counter()
            with torch.inference_mode():
                model(given)
            wall.append(1000 * (time.perf_counter() - start))
        answer = {'wall': wall}
    print(json.dumps(answer), flush=True)
