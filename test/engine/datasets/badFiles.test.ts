import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { goodSentence, testRefusals, word } from './badFile'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()

testRefusals(
  [
    // What is no text
    { file: 'empty.conllu', content: '', refused: 'empty.conllu: the file is empty.' },
    { file: 'empty.tsv.gz', content: gzipSync(''), refused: 'empty.tsv.gz: the file is empty.' },
    {
      file: 'latin1.conllu',
      content: Buffer.from(goodSentence.repeat(3) + word(1).replace('x', '\u00e9'), 'latin1'),
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
      refused:
        'table.jsonl: the Parquet file has no end (its last four bytes are not PAR1); it is incomplete, so copy or ' +
        'download it again.'
    },
    {
      file: 'cut.conllu.gz',
      content: gzipSync(goodSentence.repeat(500)).subarray(0, 60),
      refused: 'cut.conllu.gz: the gzip file ends too early; it is incomplete, so copy or download it again.'
    },
    {
      file: 'damaged.conllu.gz',
      content: damagedGzip(),
      refused: 'damaged.conllu.gz: the gzip file is damaged (incorrect data check); copy or download it again.'
    },
    {
      file: 'long.conllu',
      content: `${goodSentence}# ${'x'.repeat((1 << 20) + 1)}\n`,
      refused:
        'long.conllu, line 4: the line is longer than 1,048,576 bytes; check that the lines end in LF or CR LF ' +
        'and that the format is the right one.'
    },
    {
      file: 'endless.conllu',
      content: 'x'.repeat(3 << 20),
      refused:
        'endless.conllu, line 1: the line is longer than 262,144 bytes; check that the lines end in LF or CR LF ' +
        'and that the format is the right one.'
    },
    // What is of no known format
    {
      file: 'notes.docx',
      content: 'hello\n',
      refused:
        'notes.docx: the format was not recognised. These can be opened, texts also as .gz or .zst: ' +
        'CoNLL-U (.conllu .conllup); CoNLL-U Lex (.conllulex); CoNLL-U with semantic roles (.conllu); Penn ' +
        'Treebank brackets (.ptb .mrg); GAP coreference (.tsv); Winogender schemas (.tsv); Table of sentence pairs (.tsv .csv); Table ' +
        '(TSV, CSV, CoNLL columns) (.tsv .csv .tab .conll .iob .iob2 .bio .txt); Edge probing (JSON Lines) ' +
        '(.jsonl); JSON Lines (.jsonl .ndjson); Parquet or Arrow (.parquet .arrow .feather .arrows); JSON document ' +
        '(.json).'
    },
    {
      file: 'format.tsv',
      content: 'a\tB\n',
      choice: { format: 'arff' },
      refused:
        'There is no format "arff"; choose one of conllu, conllulex, conlluRoles, bracketed, gap, winogender, ' +
        'sentencePairs, delimited, edgeProbing, jsonLines, rows, jsonDocument, text.'
    }
  ],
  files
)

function damagedGzip(): Buffer {
  const bytes = Buffer.from(gzipSync(goodSentence.repeat(500)))
  bytes.writeUInt32LE(0, bytes.length - 8)
  return bytes
}

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
