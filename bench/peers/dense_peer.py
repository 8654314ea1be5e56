"""All hidden states of a checkpoint through PyTorch sdpa and ONNX Runtime, as many threads each as is asked for.

Usage: python dense_peer.py   reads one JSON line a request from standard input, answers with one JSON line each:
  {"folder": ..., "sequences": 32, "tokens": 64, "threads": 2, "onnx": true}   loads the checkpoint into both; answers
      with versions and a checksum of each
  {"run": "torch" or "onnx", "times": n}           answers with the milliseconds of n passes, and of processor time
Token ids are row * 7 + 13, modulo the vocabulary, as bench/dense.ts has them.
"""

import json, os, sys, tempfile, time, warnings

warnings.filterwarnings('ignore')
import logging

logging.disable(logging.WARNING)
import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModel


class AllStates(torch.nn.Module):
    """What is exported: ids of full-length sequences in, every hidden state out."""

    def __init__(self, model, tokens):
        super().__init__()
        self.model = model
        self.given = {}
        if model.config.model_type != 'bert':
            # The code that makes a causal mask cannot be exported, so the exported graph is given one.
            self.given = {
                'use_cache': False,
                'attention_mask': torch.full((tokens, tokens), torch.finfo(torch.float32).min).triu(1)[None, None],
            }

    def forward(self, ids):
        return self.model(input_ids=ids, output_hidden_states=True, **self.given).hidden_states


def load(folder, sequences, tokens, threads, onnx):
    torch.set_num_threads(threads)
    # A state space has no attention to choose an implementation of.
    given = {} if AutoConfig.from_pretrained(folder).model_type == 'mamba' else {'attn_implementation': 'sdpa'}
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, **given).eval()
    ids = (torch.arange(sequences * tokens) * 7 + 13).remainder(model.config.vocab_size).reshape(sequences, tokens)
    answer = dict(torch=torch.__version__, transformers=transformers.__version__)
    cache = {} if model.config.model_type == 'bert' else {'use_cache': False}
    runs = {'torch': lambda: model(input_ids=ids, output_hidden_states=True, **cache).hidden_states}
    try:
        if onnx:
            import onnxruntime

            answer['onnxruntime'] = onnxruntime.__version__
            runs['onnx'] = export(onnxruntime, AllStates(model, tokens).eval(), ids, threads)
    except Exception as error:
        answer['onnx_error'] = f'{type(error).__name__}: {str(error)[:300]}'
    with torch.inference_mode():
        answer['checksums'] = {name: float(np.abs(np.asarray(run()[-1])).mean()) for name, run in runs.items()}
    return runs, answer


def export(onnxruntime, states, ids, threads):
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = os.path.join(folder, 'model.onnx')
        torch.onnx.export(states, (ids,), path, dynamo=False, opset_version=20, input_names=['ids'])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    given = {session.get_inputs()[0].name: ids.numpy()}
    names = [output.name for output in session.get_outputs()]
    return lambda: session.run(names, given)


runs = {}
out = os.dup(1)
os.dup2(2, 1)  # what exporters print does not belong into the answers
for line in sys.stdin:
    request = json.loads(line)
    if 'folder' in request:
        runs, answer = load(
            request['folder'], request['sequences'], request['tokens'], request['threads'], request.get('onnx', True)
        )
    else:
        wall, processor = [], []
        with torch.inference_mode():
            for _ in range(request['times']):
                start, before = time.perf_counter(), time.process_time()
                runs[request['run']]()
                wall.append((time.perf_counter() - start) * 1000)
                processor.append((time.process_time() - before) * 1000)
        answer = dict(wall=wall, processor=processor)
    os.write(out, (json.dumps(answer) + '\n').encode())
