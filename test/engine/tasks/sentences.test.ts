import { expect, test } from 'vitest'
import { temporaryFiles, wordLine } from '../datasets/temporaryFiles'
import { openTasks } from './openTasks'

const files = temporaryFiles()

interface Word {
  form: string
  head: number
  deprel: string
  upos?: string
  feats?: string
}
const conllu = (sentences: Word[][]): string =>
  sentences
    .map((words) => `${words.map((word, i) => wordLine({ id: i + 1, upos: 'X', ...word })).join('\n')}\n\n`)
    .join('')
const noun = (form: string, head: number, deprel: string, number: string): Word => ({
  form,
  head,
  deprel,
  upos: 'NOUN',
  feats: `Number=${number}`
})
const verb = (form: string, head: number, deprel: string, tense: string): Word => ({
  form,
  head,
  deprel,
  upos: 'VERB',
  feats: `Tense=${tense}|VerbForm=Fin`
})
const participle = (form: string): Word => ({
  form,
  head: 0,
  deprel: 'root',
  upos: 'VERB',
  feats: 'Tense=Pres|VerbForm=Part'
})

const trees = files.write(
  'clauses.conllu',
  conllu([
    [
      noun('Dogs', 2, 'nsubj', 'Plur'),
      verb('chased', 0, 'root', 'Past'),
      { form: 'a', head: 4, deprel: 'det' },
      noun('cat', 2, 'obj', 'Sing')
    ],
    [
      noun('dog', 3, 'nsubj', 'Sing'),
      { ...verb('is', 3, 'aux', 'Pres'), upos: 'AUX' },
      participle('chasing'),
      noun('cats', 3, 'obj', 'Plur')
    ],
    [
      { form: 'She', head: 3, deprel: 'nsubj', upos: 'PRON', feats: 'Number=Sing' },
      { ...verb('was', 3, 'cop', 'Past'), upos: 'AUX' },
      noun('guest', 0, 'root', 'Sing')
    ],
    [
      { form: 'Really', head: 2, deprel: 'advmod' },
      { form: 'nice', head: 0, deprel: 'root' }
    ]
  ])
)

test('tense, subject and object of the main clause, and the depth of the tree', async () => {
  const { task } = await openTasks([trees])
  const labels = (id: string): (string | undefined)[] => {
    const found = task(id)
    return Array.from(found.items('train', 1).classes, (label) => found.classes[label])
  }
  // A participle's own tense is none; a pronoun is no noun; a sentence without a verb has no tense.
  expect(labels('sentence.tense')).toEqual(['Past', 'Pres', 'Past', undefined])
  expect(labels('sentence.subject')).toEqual(['Plur', 'Sing', undefined, undefined])
  expect(labels('sentence.object')).toEqual(['Sing', 'Plur', undefined, undefined])
  expect(labels('sentence.depth')).toEqual(['2', '1', '1', '1'])
  expect(Array.from(task('tree.depth').items('train', 1).values!.subarray(0, 4))).toEqual([1, 0, 2, 1])
})

const rows = (sentences: string[]): string =>
  `text\tlabel\n${sentences.map((text, i) => `${text}\t${i % 2 ? 'odd' : 'even'}\n`).join('')}`

test('length in the bins of SentEval', async () => {
  const { task } = await openTasks([
    files.write(
      'lengths.tsv',
      rows([4, 5, 8, 9, 28, 29].map((length) => Array.from({ length }, (_, i) => `w${i}`).join(' ')))
    )
  ])
  const { classes, types } = task('sentence.length').items('train', 1)
  expect(Array.from(classes)).toEqual([-1, 0, 0, 1, 5, -1])
  expect(types()[0]).toBe('w0 w1 w2 w3')
})

test('a shifted sentence has two different neighbours changed; the other half stays', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `a${i} b b c d e`)
  const { dataset, task } = await openTasks([files.write('many.tsv', rows([...many, 'too short']))])
  const shift = task('sentence.shift')
  const { classes } = shift.items('train', 5)
  const { sentences, wordsHash } = shift.text!('train', 5)
  const original = dataset.text('train')
  let moved = 0
  classes.slice(0, 200).forEach((label, i) => {
    const changed = sentences[i]!.flatMap((word, at) => (word === original.sentences[i]![at] ? [] : [at]))
    expect(changed).toHaveLength(label === 1 ? 2 : 0)
    if (label === 1) expect(changed[1]).toBe(changed[0]! + 1)
    moved += label
  })
  expect(classes[200]).toBe(-1)
  expect(Math.abs(moved - 100)).toBeLessThan(30)
  expect(wordsHash).not.toBe(original.wordsHash)
  expect(shift.text!('train', 5)).toEqual({ sentences, wordsHash })
  expect(shift.text!('train', 6).wordsHash).not.toBe(wordsHash)
})

test('word content: one of a hundred words of medium frequency, and only one', async () => {
  // A hundred words in every sentence, then three of medium frequency.
  const frequent = Array.from(
    { length: 100 },
    (_, i) => `f${'abcdefghij'[i % 10]!}${'abcdefghij'[Math.floor(i / 10)]!}`
  ).join(' ')
  const sentences = Array.from({ length: 30 }, (_, i) => `${frequent} ${['Tea', 'coffee', 'milk'][i % 3]!}`)
  const { task } = await openTasks([files.write('content.tsv', rows([...sentences, `${frequent} tea milk`, frequent]))])
  const content = task('sentence.word')
  expect(content.classes).toEqual(['milk', 'tea', 'coffee'])
  expect(Array.from(content.items('train', 1).classes).slice(0, 3)).toEqual([1, 2, 0])
  expect(Array.from(content.items('train', 1).classes).slice(30)).toEqual([-1, -1])
})
