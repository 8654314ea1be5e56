import { testRefusals } from './badFile'

testRefusals([
  // JSON Lines
  {
    file: 'syntax.jsonl',
    content: '{"text": "a b", "label": "x"}\n{"text": "c", "label": }\n',
    refused:
      'syntax.jsonl, line 2: this is not valid JSON: a value expected at character 24; each line holds one object.'
  },
  {
    file: 'cut.jsonl',
    content: '{"text": "a b", "label": "x"}\n{"text": "c\n',
    refused:
      'cut.jsonl, line 2: this is not valid JSON: a text that ends in a quote expected at character 10; each line ' +
      'holds one object.'
  },
  {
    file: 'list.jsonl',
    content: '{"text": "a b", "label": "x"}\n["c", "y"]\n',
    refused: 'list.jsonl, line 2: a list where an object is expected; each line holds one object.'
  },
  {
    file: 'number.jsonl',
    content: '{"text": "a b", "label": "x"}\n7\n',
    refused: 'number.jsonl, line 2: a single value where an object is expected; each line holds one object.'
  },
  {
    file: 'missing.jsonl',
    content: '{"text": "a b", "label": "x"}\n{"label": "y"}\n',
    refused: 'missing.jsonl, line 2: the key "text", which holds the text, is missing.'
  },
  {
    file: 'counts.jsonl',
    content: '{"tokens": ["a", "b"], "tags": ["X", "Y"]}\n{"tokens": ["c", "d", "e"], "tags": ["X"]}\n',
    choice: { columns: [{ index: 1, name: 'tags', role: 'label' }] },
    refused: 'counts.jsonl, line 2: 3 words but 1 label under "tags"; each word needs one label (null for none).'
  },
  {
    file: 'empty-token.jsonl',
    content: '{"tokens": ["a", "b"], "tags": ["X", "Y"]}\n{"tokens": ["c", ""], "tags": ["X", "Y"]}\n',
    refused: 'empty-token.jsonl, line 2: word 2 under "tokens" is empty.'
  },
  {
    file: 'no-label.jsonl',
    content: '{"text": "a b"}\n{"text": "c d"}\n',
    refused: 'no-label.jsonl: no key holds labels; choose the keys that hold labels.'
  },
  {
    file: 'no-text.jsonl',
    content: '{"text": "a b", "label": "x"}\n',
    choice: { columns: [{ index: 0, name: 'text', role: 'ignore' }] },
    refused: 'no-text.jsonl: no key holds the text; choose one.'
  },
  {
    file: 'one-class.jsonl',
    content: '{"text": "a b", "label": "x"}\n{"text": "c", "label": "x"}\n',
    refused:
      'one-class.jsonl: every sentence with a label has the same one, "x" ("label"); a probe needs at least two ' +
      'classes.'
  },
  // Targets of edge probing
  {
    file: 'span.jsonl',
    content: '{"text": "a b", "targets": [{"span1": [1, 3], "label": "X"}]}\n',
    refused:
      'span.jsonl, line 1: target 1: "span1" is [1, 3], but the text has 2 words; a span is its first word and ' +
      'the word after its last, from 0.'
  },
  {
    file: 'numbers.jsonl',
    content: '{"text": "a b", "targets": [{"span1": "0-1", "label": "X"}]}\n',
    refused: 'numbers.jsonl, line 1: target 1: "span1" is not a pair of whole numbers.'
  },
  {
    file: 'mixed.jsonl',
    content:
      '{"text": "a b", "targets": [{"span1": [0, 1], "span2": [1, 2], "label": "X"}, ' +
      '{"span1": [0, 1], "label": "Y"}]}\n',
    refused: 'mixed.jsonl, line 1: target 2 has no "span2", which others have; all targets need one, or none.'
  },
  {
    file: 'many.jsonl',
    content: '{"text": "a b", "targets": [{"span1": [0, 1], "label": ["X", "Y"]}]}\n',
    refused:
      'many.jsonl, line 1: target 1 has 2 labels; a probe assigns one class to each target, so each needs exactly one.'
  },
  {
    file: 'text.jsonl',
    content: '{"text": "a", "targets": []}\n{"targets": []}\n',
    refused: 'text.jsonl, line 2: the object has no "text".'
  },
  // JSON documents
  {
    file: 'syntax.json',
    content: '[\n  ["a b", "x"],\n  ["c" "y"]\n]\n',
    refused: 'syntax.json, line 3: this is not valid JSON: "," or "]" expected at character 8.'
  },
  {
    file: 'cut.json',
    content: '{"train": [\n  ["a b", "x"],\n',
    refused: 'cut.json, line 2: this is not valid JSON: a value expected at character 16.'
  },
  {
    file: 'shape.json',
    content: '{"a": ["x", "y"], "b": 3}',
    refused: 'shape.json: the document is neither a list of sentences nor an object of such lists, one a split.'
  },
  {
    file: 'entry.json',
    content: '{"train": [["a b", "x"], ["c d", "y"]], "test": [["e", "x"], 5]}',
    refused: 'entry.json, "test" entry 2: a single value where an object or a list is expected.'
  }
])
