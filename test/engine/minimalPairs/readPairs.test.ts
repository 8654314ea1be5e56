import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '@shared/userError'
import { readPairs, type PairColumns } from '../../../src/main/engine/minimalPairs/readPairs'
import { wilson } from '../../../src/main/engine/minimalPairs/accuracy'
import { temporaryFiles } from '../datasets/temporaryFiles'

const files = temporaryFiles()
const blimp = {
  sentence_good: 'Susan revealed herself.',
  sentence_bad: 'Susan revealed themselves.',
  UID: 'anaphor_number_agreement',
  simple_LM_method: true
}

test('BLiMP as JSON Lines and as a table, Marvin and Linzen as a table', async () => {
  const pair = { paradigm: 'anaphor_number_agreement', good: blimp.sentence_good, bad: blimp.sentence_bad }
  const described = { ...blimp, field: 'morphology', linguistics_term: 'anaphor_agreement' }
  expect(await readPairs(files.write('described.jsonl', `${JSON.stringify(described)}\n`))).toEqual([
    { ...pair, field: 'morphology', phenomenon: 'anaphor_agreement' }
  ])
  expect(await readPairs(files.write('anaphor.jsonl', `${JSON.stringify(blimp)}\n`))).toEqual([pair])
  expect(
    await readPairs(
      files.write(
        'pairs.tsv',
        `UID\tpairID\tsentence_good\tsentence_bad\n${pair.paradigm}\t0\t${pair.good}\t${pair.bad}\n`
      )
    )
  ).toEqual([pair])
  const templates =
    'construction\tcondition\tgrammatical\tungrammatical\tungrammatical2\nnpi\tpast\tno authors ever ran\tthe authors ever ran\t\n'
  expect(await readPairs(files.write('templates.tsv', templates))).toEqual([
    { paradigm: 'npi', good: 'no authors ever ran', bad: 'the authors ever ran' }
  ])
})

test("columns of one's own, quoted as in CSV; without paradigms the file is one", async () => {
  const path = files.write('mine.csv', 'right,wrong\n"Yes, he sleeps.","Yes, he sleep."\n')
  expect(await readPairs(path, { good: 'right', bad: 'wrong' })).toEqual([
    { paradigm: 'mine', good: 'Yes, he sleeps.', bad: 'Yes, he sleep.' }
  ])
})

test('a folder is read file by file, those without pairs passed over', async () => {
  const folder = join(files.folder, 'many')
  mkdirSync(folder)
  writeFileSync(join(folder, 'b.tsv'), 'good\tbad\nA b.\tA c.\n')
  writeFileSync(join(folder, 'a.jsonl'), `${JSON.stringify(blimp)}\n`)
  writeFileSync(join(folder, 'paradigms.tsv'), 'UID\tfield\nx\ty\n')
  expect((await readPairs(folder)).map(({ paradigm }) => paradigm)).toEqual(['anaphor_number_agreement', 'b'])
})

test('phenomena come from the table beside the pairs; folders of folders are read where there is nothing else', async () => {
  const outer = join(files.folder, 'outer')
  mkdirSync(join(outer, 'inner'), { recursive: true })
  writeFileSync(join(outer, 'inner', 'pairs.tsv'), 'UID\tgood\tbad\nx\tA b.\tA c.\ny\tA d.\tA e.\n')
  writeFileSync(join(outer, 'inner', 'paradigms.tsv'), 'UID\tfield\tlinguistics_term\nx\tsyntax\tbinding\n')
  expect(await readPairs(outer)).toEqual([
    { paradigm: 'x', good: 'A b.', bad: 'A c.', phenomenon: 'binding', field: 'syntax' },
    { paradigm: 'y', good: 'A d.', bad: 'A e.' }
  ])
})

test('cloze tables: every expected word beside every other, the article by the word', async () => {
  const cprag =
    'item\tcontext_s1\tcontext_s2\texpected\twithin_category\tbetween_category\tconstraint\n0\tShe won.\tShe played\tchess\tmonopoly\tfootball\tH\n'
  const common = { phenomenon: 'CPRAG', good: 'She won. She played chess' }
  expect(await readPairs(files.write('CPRAG.tsv', cprag))).toEqual([
    {
      ...common,
      paradigm: 'CPRAG: high constraint, within category',
      bad: 'She won. She played monopoly',
      completions: { good: 'chess', bad: 'monopoly', condition: 'CPRAG: high constraint' }
    },
    {
      ...common,
      paradigm: 'CPRAG: high constraint, between category',
      bad: 'She won. She played football',
      completions: { good: 'chess', bad: 'football', condition: 'CPRAG: high constraint' }
    }
  ])
  const negation =
    'item\tcontext_aff\tcontext_neg\ttarget_aff\ttarget_neg\n2\tAn ant is (a|an)\tAn ant is not (a|an)\tinsect\tvegetable\n'
  expect(
    (await readPairs(files.write('NEG.tsv', negation))).map(({ paradigm, good, bad }) => [paradigm, good, bad])
  ).toEqual([
    ['NEG: affirmative', 'An ant is an insect', 'An ant is a vegetable'],
    ['NEG: negative', 'An ant is not a vegetable', 'An ant is not an insect']
  ])
})

test.each<{ file: string; content: string; columns?: PairColumns; refused: string }>([
  {
    file: 'names.tsv',
    content: 'a\tb\nx\ty\n',
    refused:
      'names.tsv, line 1: no column is called "sentence_good" or "grammatical" or "good" or "acceptable"; it has a, b. Name the columns with --good, --bad and --paradigm.'
  },
  {
    file: 'chosen.tsv',
    content: 'good\tbad\nx\ty\n',
    columns: { paradigm: 'kind' },
    refused:
      'chosen.tsv, line 1: no column is called "kind"; it has good, bad. Name the columns with --good, --bad and --paradigm.'
  },
  {
    file: 'ragged.tsv',
    content: 'good\tbad\nx\ty\tz\n',
    refused: 'ragged.tsv, line 2: 3 columns where the first line names 2; check the delimiter.'
  },
  { file: 'gap.tsv', content: 'good\tbad\nx\t\n', refused: 'gap.tsv, line 2: the sentence (column "bad") is empty.' },
  { file: 'none.tsv', content: 'good\tbad\n', refused: 'none.tsv: it has no pairs of sentences.' },
  {
    file: 'cloze.tsv',
    content: 'context_aff\tcontext_neg\ttarget_aff\ttarget_neg\nA pea is\tA pea is not\t\tbird\n',
    refused: 'cloze.tsv, line 2: the sentence (column "target_aff") is empty.'
  },
  {
    file: 'cut.jsonl',
    content: '{"sentence_good": "x"',
    refused: 'cut.jsonl, line 1: this is not JSON; each line must hold one object.'
  },
  { file: 'list.jsonl', content: '["x", "y"]\n', refused: 'list.jsonl, line 1: each line must hold one object.' }
])('$file is refused', async ({ file, content, columns, refused }) => {
  await expect(readPairs(files.write(file, content), columns)).rejects.toThrow(new UserError(refused))
})

test('an empty folder and a missing one are refused', async () => {
  const folder = join(files.folder, 'empty')
  mkdirSync(folder)
  await expect(readPairs(folder)).rejects.toThrow(
    'empty: no file of the folder (.jsonl, .tsv, .csv, .parquet, .arrow, .feather, .arrows) has a column of ' +
      'acceptable and one of unacceptable sentences.'
  )
  await expect(readPairs('/nowhere/pairs.tsv')).rejects.toThrow(
    'pairs.tsv: there is no such file or folder (/nowhere/pairs.tsv).'
  )
})

test("Wilson's interval, as scipy has it", () => {
  // binomtest(31, 40).proportion_ci(method="wilson"), and of 0 and 10 of 10.
  const theirs = [
    [0.625, 0.8768],
    [0, 0.2775],
    [0.7225, 1]
  ] as const
  ;(
    [
      [31, 40],
      [0, 10],
      [10, 10]
    ] as const
  ).forEach(([right, of], i) => {
    const ours = wilson(right, of)
    expect(ours[0]).toBeCloseTo(theirs[i]![0], 4)
    expect(ours[1]).toBeCloseTo(theirs[i]![1], 4)
  })
})
