"""Ettinger's (2020) cloze tests by transformers and PyTorch, one text at a time: what `layerscope minimal-pairs` is
held to.

    python bench/peers/cloze_peer.py MODEL_FOLDER resources/pairs/lm-diagnostics

A word of several tokens is predicted from left to right; a masked model sees a mask in the place of each token of it
that is not predicted yet. Prints JSON: for every condition the share of contexts whose expected word is above all
others, top 1 and top 5.
"""

import csv
import json
import re
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

folder, data = sys.argv[1:3]
causal = AutoConfig.from_pretrained(folder).model_type == "gpt2"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = (AutoModelForCausalLM if causal else AutoModelForMaskedLM).from_pretrained(folder).eval()


@torch.no_grad()
def told(context, word):
    """log p of the word given its context, and how many tokens are more probable than its first."""
    before = tokenizer(context, add_special_tokens=False)["input_ids"]
    whole = tokenizer(f"{context} {word}", add_special_tokens=False)["input_ids"]
    assert whole[: len(before)] == before
    total, better = 0.0, None
    for place in range(len(before), len(whole)):
        if causal:
            ids, row = [tokenizer.bos_token_id, *whole[:place]], place
        else:
            ids = [
                tokenizer.cls_token_id,
                *whole[:place],
                *[tokenizer.mask_token_id] * (len(whole) - place),
                tokenizer.sep_token_id,
            ]
            row = place + 1
        logits = model(torch.tensor([ids])).logits[0, row]
        if better is None:
            better = int((logits > logits[whole[place]]).sum())
        total += float(torch.log_softmax(logits, -1)[whole[place]])
    return total, better


def item(context, expected, others):
    score, better = told(context(expected), expected)
    return {"preferred": all(score > told(context(other), other)[0] for other in others), "better": better}


conditions = {}
for path in sorted(Path(data).glob("*.tsv")):
    for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE):
        if "expected" in row:
            context = f"{row['context_s1']} {row['context_s2']}"
            name = "high constraint" if row["constraint"] == "H" else "low constraint"
            conditions.setdefault(f"{path.stem}: {name}", []).append(
                item(lambda _: context, row["expected"], [row["within_category"], row["between_category"]])
            )
            continue
        for name, column, expected, other in (
            ("affirmative", "context_aff", "target_aff", "target_neg"),
            ("negative", "context_neg", "target_neg", "target_aff"),
        ):
            article = lambda word: re.sub(r"\(a\|an\)$", "an" if word[0] in "aeiou" else "a", row[column])
            conditions.setdefault(f"{path.stem}: {name}", []).append(item(article, row[expected], [row[other]]))

share = lambda items, holds: sum(map(holds, items)) / len(items)
print(
    json.dumps(
        {
            name: {
                "contexts": len(items),
                "preferred": share(items, lambda i: i["preferred"]),
                "top1": share(items, lambda i: i["better"] < 1),
                "top5": share(items, lambda i: i["better"] < 5),
            }
            for name, items in conditions.items()
        },
        indent=1,
    )
)
