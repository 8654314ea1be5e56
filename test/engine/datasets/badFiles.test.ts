import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ColumnChoice } from '@shared/dataset'
import { isUserError } from '@shared/userError'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()
const good = `${wordLine({ id: 1, form: 'Go', upos: 'VERB', head: 0, deprel: 'root' })}\n${wordLine({ id: 2, form: 'on', upos: 'ADP', head: 1, deprel: 'compound:prt' })}\n\n`
const word = (id: string | number, head: string | number = 0): string =>
  `${wordLine({ id, form: 'x', upos: 'X', head, deprel: 'dep' })}\n`

interface BadFile {
  file: string
  content: string | Uint8Array
  choice?: ColumnChoice
  /** The whole message. */
  refused: string
}

const badFiles: BadFile[] = [
  // CoNLL-U
  {
    file: 'nine.conllu',
    content: `${good}# sent_id = 2\n1\tx\tx\tX\t_\t_\t0\troot\t_\n\n`,
    refused: 'nine.conllu, line 5: 9 columns where CoNLL-U has 10; check that the columns are separated by tabs.'
  },
  {
    file: 'spaces.conllu',
    content: '1 Go go VERB _ _ 0 root _ _\n\n',
    refused: 'spaces.conllu, line 1: 1 column where CoNLL-U has 10; check that the columns are separated by tabs.'
  },
  {
    file: 'eleven.conllu',
    content: `${good}1\tx\tx\tX\t_\t_\t0\troot\t_\t_\tmore\n\n`,
    refused:
      'eleven.conllu, line 4: 11 columns where CoNLL-U has 10; further columns need a first line that names them all, as in CoNLL-U Plus.'
  },
  {
    file: 'letters.conllu',
    content: `${good}${word('a')}\n`,
    refused:
      'letters.conllu, line 4: the id "a" is neither a number, nor a range such as 3-4, nor an empty node such as 3.1.'
  },
  {
    file: 'order.conllu',
    content: `${good}${word(1)}${word(3)}\n`,
    refused:
      'order.conllu, line 5: the id is 3 where 2 is next; the words of a sentence are numbered 1, 2, 3 and so on.'
  },
  {
    file: 'blank.conllu',
    content: `${word(1)}${word(1)}\n`,
    refused:
      'blank.conllu, line 2: a sentence begins here, but the one before it has not ended; put a blank line between sentences.'
  },
  {
    file: 'blank2.conllu',
    content: `${word(1)}# sent_id = 2\n${word(1)}\n`,
    refused:
      'blank2.conllu, line 2: a sentence begins here, but the one before it has not ended; put a blank line between sentences.'
  },
  {
    file: 'range.conllu',
    content: `${word(1)}${word('4-5')}\n`,
    refused: 'range.conllu, line 2: the multiword token 4-5 should begin with the next word, 2, and end after it.'
  },
  {
    file: 'outside.conllu',
    content: `${good}${word(1, 2)}${word(2, 0)}${word(3, 7)}\n`,
    refused: 'outside.conllu, line 6: the head is 7, but the sentence has only 3 words.'
  },
  {
    file: 'self.conllu',
    content: `${word(1, 0)}${word(2, 2)}\n`,
    refused: 'self.conllu, line 2: word 2 is its own head; the root of a sentence has head 0.'
  },
  {
    file: 'circle.conllu',
    content: `${word(1, 0)}${word(2, 3)}${word(3, 4)}${word(4, 2)}\n`,
    refused: 'circle.conllu, line 2: the heads form a cycle: 2 -> 3 -> 4 -> 2.'
  },
  {
    file: 'noroot.conllu',
    content: `${word(1, 2)}${word(2, 1)}\n`,
    refused: 'noroot.conllu, line 1: the heads form a cycle: 1 -> 2 -> 1.'
  },
  {
    file: 'head.conllu',
    content: word(1, 'root'),
    refused: 'head.conllu, line 1: the head "root" is not a number (column HEAD).'
  },
  {
    file: 'feature.conllu',
    content: `${wordLine({ id: 1, form: 'x', feats: 'Number=Sing|Plural', head: 0 })}\n\n`,
    refused: 'feature.conllu, line 1: the feature "Plural" is not of the form Name=Value (column FEATS).'
  },
  {
    file: 'form.conllu',
    content: '1\t\t_\tX\t_\t_\t0\troot\t_\t_\n\n',
    refused: 'form.conllu, line 1: the word (column FORM) is empty.'
  },
  {
    file: 'empty-field.conllu',
    content: '1\tx\t_\t\t_\t_\t0\troot\t_\t_\n\n',
    refused: 'empty-field.conllu, line 1: column UPOS is empty; CoNLL-U writes "_" for a missing value.'
  },
  {
    file: 'comments.conllu',
    content: '# sent_id = 1\n\n# sent_id = 2\n\n',
    refused: 'comments.conllu: it has no sentences when read as CoNLL-U.'
  },
  {
    file: 'plus.conllup',
    content: '# global.columns = ID LEMMA\n1\tx\n\n',
    refused: 'plus.conllup, line 1: the columns named here lack FORM, which every word needs.'
  },
  {
    file: 'plus2.conllup',
    content: '# global.columns = ID FORM NE\n1\tx\n\n',
    refused:
      'plus2.conllup, line 2: 2 columns where the first line names 3; check that the columns are separated by tabs.'
  },
  {
    file: 'ten.conllulex',
    content: good,
    refused: 'ten.conllulex, line 1: 10 columns where CoNLL-U Lex has 19; check that the columns are separated by tabs.'
  },
  {
    file: 'roles.conllu',
    content: `${word(1).trim()}\tgo.01\tV\t_\n\n`,
    refused:
      'roles.conllu, line 1: 2 columns of roles where the sentence has 1 predicate (column 11); there is one column for each.'
  },
  // Trees in brackets
  {
    file: 'open.ptb',
    content: '(S (NP (NN x))\n',
    refused: 'open.ptb, line 1: the tree that begins here is never closed; a bracket is missing.'
  },
  {
    file: 'closed.ptb',
    content: '(S (NN x)))\n',
    refused: 'closed.ptb, line 1: a bracket is closed that was never opened.'
  },
  { file: 'outside.ptb', content: '(S (NN x)) y\n', refused: 'outside.ptb, line 1: "y" is outside of any tree.' },
  {
    file: 'two.ptb',
    content: '(S\n(NN x y))\n',
    refused: 'two.ptb, line 2: "y" is one word too many under "NN"; each word needs its own bracket.'
  },
  {
    file: 'both.ptb',
    content: '(S (NN x (NN y)))\n',
    refused: 'both.ptb, line 1: the tag "NN" has both a word and a bracket under it.'
  },
  {
    file: 'hollow.ptb',
    content: '(S (NP))\n',
    refused: 'hollow.ptb, line 1: the bracket "NP" has neither a word nor another bracket in it.'
  },
  // Targets of edge probing
  {
    file: 'span.jsonl',
    content: '{"text": "a b", "targets": [{"span1": [1, 3], "label": "X"}]}\n',
    refused:
      'span.jsonl, line 1: target 1: "span1" is [1, 3], but the text has 2 words; a span is its first word and the word after its last, from 0.'
  },
  {
    file: 'numbers.jsonl',
    content: '{"text": "a b", "targets": [{"span1": "0-1", "label": "X"}]}\n',
    refused: 'numbers.jsonl, line 1: target 1: "span1" is not a pair of whole numbers.'
  },
  {
    file: 'mixed.jsonl',
    content:
      '{"text": "a b", "targets": [{"span1": [0, 1], "span2": [1, 2], "label": "X"}, {"span1": [0, 1], "label": "Y"}]}\n',
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
  // Coreference and pairs of sentences
  {
    file: 'gap-names.tsv',
    content: 'ID\tText\tPronoun\tPronoun-offset\n',
    refused:
      'gap-names.tsv, line 1: the column "A" is missing; GAP has ID, Text, Pronoun, Pronoun-offset, A, A-offset, A-coref, B, B-offset, B-coref.'
  },
  {
    file: 'gap-offset.tsv',
    content:
      'ID\tText\tPronoun\tPronoun-offset\tA\tA-offset\tA-coref\tB\tB-offset\tB-coref\nd\tAnn says she left.\tshe\t8\tAnn\t0\tTRUE\tMary\t1\tFALSE\n',
    refused:
      'gap-offset.tsv, line 2: "she" does not occur at character 8 of the text (columns Pronoun and Pronoun-offset).'
  },
  {
    file: 'pair.tsv',
    content: 'sentence1\tsentence2\tscore\na\t\t1\n',
    refused: 'pair.tsv, line 2: the sentence is empty (column "sentence2").'
  },
  // What is no text
  { file: 'empty.conllu', content: '', refused: 'empty.conllu: the file is empty.' },
  { file: 'empty.tsv.gz', content: gzipSync(''), refused: 'empty.tsv.gz: the file is empty.' },
  {
    file: 'latin1.conllu',
    content: Buffer.from(good.repeat(3) + word(1).replace('x', '\u00e9'), 'latin1'),
    refused: 'latin1.conllu, line 10: the text is not UTF-8; save the file as UTF-8 and open it again.'
  },
  {
    file: 'utf16.tsv',
    content: Buffer.from('\ufeffword\ttag\n', 'utf16le'),
    refused: 'utf16.tsv: the file is in UTF-16; save it as UTF-8 and open it again.'
  },
  {
    file: 'picture.conllu',
    content: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]),
    refused: 'picture.conllu: this is a picture (PNG); choose another file.'
  },
  {
    file: 'sheet.tsv',
    content: Buffer.from('PK\u0003\u0004rest of it'),
    refused: 'sheet.tsv: this is a zip archive or an Office document; unpack it, or export the sheet as CSV or TSV.'
  },
  {
    file: 'table.jsonl',
    content: 'PAR1 and so on',
    refused: 'table.jsonl: this is a Parquet file; save it as CSV or JSON Lines (in Python: to_csv, to_json).'
  },
  {
    file: 'cut.conllu.gz',
    content: gzipSync(good.repeat(500)).subarray(0, 60),
    refused: 'cut.conllu.gz: the gzip file ends too early; it is incomplete, so copy or download it again.'
  },
  {
    file: 'damaged.conllu.gz',
    content: damagedGzip(),
    refused: 'damaged.conllu.gz: the gzip file is damaged (incorrect data check); copy or download it again.'
  },
  {
    file: 'long.conllu',
    content: `${good}# ${'x'.repeat((1 << 20) + 1)}\n`,
    refused:
      'long.conllu, line 4: the line is longer than 1,048,576 bytes; check that the lines end in LF or CR LF and that the format is the right one.'
  },
  {
    file: 'endless.conllu',
    content: 'x'.repeat(3 << 20),
    refused:
      'endless.conllu, line 1: the line is longer than 262,144 bytes; check that the lines end in LF or CR LF and that the format is the right one.'
  },
  {
    file: 'notes.docx',
    content: 'hello\n',
    refused:
      'notes.docx: the format was not recognised. These can be opened, gzipped as well: CoNLL-U (.conllu .conllup); CoNLL-U Lex (.conllulex); CoNLL-U with semantic roles (.conllu); Penn Treebank brackets (.ptb .mrg); GAP coreference (.tsv); Winogender schemas (.tsv); Table of sentence pairs (.tsv .csv); Table (TSV, CSV, CoNLL columns) (.tsv .csv .tab .conll .iob .iob2 .bio .txt); Edge probing (JSON Lines) (.jsonl); JSON Lines (.jsonl .ndjson); JSON document (.json).'
  },
  {
    file: 'wino-id.tsv',
    content:
      'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the customer that he left.\ntechnician.customer.he\tThe technician left.\n',
    refused:
      'wino-id.tsv, line 3: the id "technician.customer.he" is not of the form occupation.participant.answer.gender.txt, where answer is 0 or 1.'
  },
  {
    file: 'wino-who.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the client that he left.\n',
    refused: 'wino-who.tsv, line 2: the participant, "customer", does not occur in the sentence.'
  },
  {
    file: 'wino-pronoun.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the customer to leave.\n',
    refused:
      'wino-pronoun.tsv, line 2: the sentence has none of the pronouns he, she, they, him, her, them, his, hers, their, theirs.'
  },
  {
    file: 'wino-columns.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician left.\tmore\n',
    refused: 'wino-columns.tsv, line 2: 3 columns where Winogender has sentid and sentence.'
  },
  {
    file: 'format.tsv',
    content: 'a\tB\n',
    choice: { format: 'arff' },
    refused:
      'There is no format "arff"; choose one of conllu, conllulex, conlluRoles, bracketed, gap, winogender, sentencePairs, delimited, edgeProbing, jsonLines, jsonDocument.'
  },
  // Tables
  {
    file: 'ragged.tsv',
    content: 'word\ttag\nthe\tDET\ncat\tNOUN\tanimal\n',
    refused: 'ragged.tsv, line 3: 3 columns where the other rows have 2; check the delimiter.'
  },
  {
    file: 'ragged.csv',
    content: 'text,label\n"Yes, please",order\nNo,thanks,bye\n',
    refused: 'ragged.csv, line 3: 3 columns where the other rows have 2; check the delimiter and the quotes.'
  },
  {
    file: 'one-column.tsv',
    content: 'the\ncat\n\nsat\n',
    refused: 'one-column.tsv: no column holds labels; there is only one column; check the delimiter.'
  },
  {
    file: 'no-label.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 1, role: 'ignore' }] },
    refused: 'no-label.tsv: no column holds labels; choose the columns that hold labels.'
  },
  {
    file: 'two-words.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: {
      columns: [
        { index: 0, role: 'word' },
        { index: 1, role: 'word' }
      ]
    },
    refused: 'two-words.tsv: 2 columns ("word", "tag") are to hold the words; choose one of them.'
  },
  {
    file: 'no-words.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 0, role: 'ignore' }] },
    refused: 'no-words.tsv: no column holds the words; choose one.'
  },
  {
    file: 'wrong-role.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 1, role: 'text' }] },
    refused: 'wrong-role.tsv: column "tag" cannot be "text" where each line is a word.'
  },
  {
    file: 'one-class.tsv',
    content: 'word\ttag\nthe\tO\ncat\tO\n',
    refused: 'one-class.tsv: every word with a label has the same one, "O" ("tag"); a probe needs at least two classes.'
  },
  {
    file: 'no-values.tsv',
    content: 'word\ttag\nthe\t_\ncat\t\n',
    refused: 'no-values.tsv: no word and no sentence has a label; choose other columns.'
  },
  {
    file: 'empty-word.tsv',
    content: 'word\ttag\nthe\tDET\n\tNOUN\n',
    refused: 'empty-word.tsv, line 3: the word (column "word") is empty.'
  },
  {
    file: 'open-quote.csv',
    content: 'text,label\nfine,a\n"never closed,b\nmore,c\n',
    refused:
      'open-quote.csv, line 3: the quoted field that begins here is never closed; close it, or switch quoting off.'
  },
  {
    file: 'bad-quote.csv',
    content: 'text,label\n"He said "yes" twice",a\n',
    refused:
      'bad-quote.csv, line 2: text follows a closing quote; write a quote within a quoted field twice (""), or switch quoting off.'
  },
  {
    file: 'header-only.tsv',
    content: 'word\ttag\n',
    choice: { header: true },
    refused: 'header-only.tsv: there is no row under the header; if its first row is data, say so (header: no).'
  },
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
      'cut.jsonl, line 2: this is not valid JSON: a text that ends in a quote expected at character 10; each line holds one object.'
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
    refused: 'no-label.jsonl: no key holds labels; choose the keys that do.'
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
      'one-class.jsonl: every sentence with a label has the same one, "x" ("label"); a probe needs at least two classes.'
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
]

function damagedGzip(): Buffer {
  const bytes = Buffer.from(gzipSync(good.repeat(500)))
  bytes.writeUInt32LE(0, bytes.length - 8)
  return bytes
}

test.each(badFiles)('$file is refused: $refused', async ({ file, content, choice, refused }) => {
  const path = files.write(file, content)
  const error: unknown = await new DatasetStore().open({ paths: [path], choice }).then(
    () => 'opened',
    (reason: unknown) => reason
  )
  expect(isUserError(error) ? error.message : error).toBe(refused)
})

test('a preview says the same and still shows the rows', async () => {
  const path = files.write('preview.tsv', 'word\ttag\nthe\tDET\ncat\tNOUN\tanimal\n')
  const preview = await new DatasetStore().preview([path])
  expect(preview).toMatchObject({
    canOpen: false,
    problems: ['preview.tsv, line 3: 3 columns where the other rows have 2; check the delimiter.'],
    rows: [
      ['the', 'DET'],
      ['cat', 'NOUN', 'animal']
    ]
  })
})

test('what is not there, and what is a folder, is refused by name', async () => {
  const store = new DatasetStore()
  await expect(store.open({ paths: [`${files.folder}/absent.tsv`] })).rejects.toThrow(
    `absent.tsv: there is no such file (${files.folder}/absent.tsv).`
  )
  await expect(store.preview([`${files.folder}/absent.tsv`])).rejects.toThrow(
    `absent.tsv: there is no such file (${files.folder}/absent.tsv).`
  )
  const path = files.write('fine.tsv', 'word\ttag\na\tX\nb\tY\n')
  await expect(store.open({ paths: [path, path] })).rejects.toThrow(
    'fine.tsv: the file is given twice; open each file once.'
  )
  await expect(store.open({ paths: [files.folder, path] })).rejects.toThrow(
    'open either one folder or files, not both together.'
  )
  await expect(store.open({ paths: [path], splitNames: ['a', 'b'] })).rejects.toThrow(
    '1 file and 2 split names were given; each file needs one split name.'
  )
})

test('files that do not fit together are refused', async () => {
  const store = new DatasetStore()
  const train = files.write('x-train.tsv', 'word\ttag\na\tX\nb\tY\n')
  const test1 = files.write('x-test.tsv', 'word\tclass\na\tX\nb\tY\n')
  await expect(store.open({ paths: [train, test1] })).rejects.toThrow(
    'x-test.tsv, line 1: the columns are word, class where x-train.tsv has word, tag; open files of one kind together.'
  )
  const test2 = files.write('y-test.tsv', 'word\ttag\tmore\na\tX\t1\nb\tY\t2\n')
  await expect(store.open({ paths: [train, test2] })).rejects.toThrow(
    'y-test.tsv: the rows have 3 columns where those of x-train.tsv have 2; open files of one kind together.'
  )
})
