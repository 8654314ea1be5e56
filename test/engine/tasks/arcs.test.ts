import { expect, test } from 'vitest'
import { treeDistances } from '../../../src/main/engine/probes/structural/trees'
import { temporaryFiles, wordLine } from '../datasets/temporaryFiles'
import { openTasks, shown } from './openTasks'

const files = temporaryFiles()
const rows: [string, number, string][] = [
  ['Their', 2, 'nmod:poss'],
  ['dog', 3, 'nsubj'],
  ['sleeps', 0, 'root'],
  ['.', 3, 'punct']
]
const sentence = rows
  .map(([form, head, deprel], i) => wordLine({ id: i + 1, form, upos: 'X', head, deprel }))
  .join('\n')
const short = [
  wordLine({ id: 1, form: 'Go', head: 0, deprel: 'root' }),
  wordLine({ id: 2, form: '!', head: 1, deprel: 'punct' })
].join('\n')
const path = files.write('trees.conllu', `${sentence}\n\n${short}\n\n`)

test('an arc is a pair of head and dependent with its relation; roots have none', async () => {
  const { dataset, task } = await openTasks([path])
  const arcs = task('arc.label')
  expect(arcs.classes).toEqual(['punct', 'nmod:poss', 'nsubj'])
  expect(arcs.labelled).toBe(4)
  expect(shown(arcs, dataset.words('train').forms, 'train')).toEqual([
    'dog | Their | nmod:poss',
    'sleeps | dog | nsubj',
    'sleeps | . | punct',
    'Go | ! | punct'
  ])
  expect(arcs.items('train', 1).types()).toEqual(['dog\ttheir', 'sleeps\tdog', 'sleeps\t.', 'go\t!'])
})

test('every arc is paired with a word that is neither its head nor its dependent, each equally often', async () => {
  const { task } = await openTasks([path])
  const prediction = task('arc.prediction')
  const drawn = new Map<string, number>()
  for (let seed = 0; seed < 400; seed++) {
    const { first, second, classes } = prediction.items('train', seed)
    // The sentence of two words has no third word to draw.
    expect(Array.from(classes)).toEqual([0, 1, 0, 1, 0, 1])
    for (let item = 1; item < 6; item += 2) {
      expect(second!.first[item]).toBe(second!.first[item - 1])
      expect([first[item - 1], second!.first[item]]).not.toContain(first[item])
      expect(first[item]).toBeLessThan(4)
      const key = `${second!.first[item]!} ${first[item]!}`
      drawn.set(key, (drawn.get(key) ?? 0) + 1)
    }
  }
  expect([...drawn.keys()].sort()).toEqual(['0 2', '0 3', '1 0', '1 3', '3 0', '3 1'])
  // 400 draws of two: 200 each, with a deviation of 10.
  for (const times of drawn.values()) expect(Math.abs(times - 200)).toBeLessThan(50)
  expect(prediction.items('train', 7)).toMatchObject({ first: prediction.items('train', 7).first })
})

test('a data set without trees has no tasks of arcs', async () => {
  const { info } = await openTasks([files.write('tags.tsv', 'word\ttag\na\tX\nb\tY\n\n')])
  expect(info.tasks.map(({ id, unit }) => [id, unit])).toEqual([['tag', 'token']])
})

test('a task that is not there is refused with those that are', async () => {
  const { task } = await openTasks([path])
  expect(() => task('arc.labels')).toThrow(
    "trees has no task or labels called 'arc.labels'. It has deprel, deprel.universal, head.distance, " +
      'head.direction, tree.depth, arc.label, arc.prediction, tree.distance, sentence.depth.'
  )
  expect(() => task('upos')).toThrow(
    "'upos' has fewer than two classes in trees; a probe cannot learn anything from it. It has deprel, " +
      'deprel.universal, head.distance, head.direction, tree.depth, arc.label, arc.prediction, tree.distance, ' +
      'sentence.depth.'
  )
})

test('distances in the tree: as many pairs as words, drawn by the seed, the earlier word first', async () => {
  const { dataset, task } = await openTasks([path])
  const distance = task('tree.distance')
  expect(distance).toMatchObject({ unit: 'pair', kind: 'number', labelled: 6 })
  const all = [treeDistances([2, 3, 0, 3]), treeDistances([0, 1])]
  const seen = new Set<string>()
  for (let seed = 0; seed < 60; seed++) {
    const { first, second, values } = distance.items('train', seed)
    first.forEach((a, item) => {
      const b = second!.first[item]!
      const [tree, start, width] = a < 4 ? [all[0]!, 0, 4] : [all[1]!, 4, 2]
      expect(a).toBeLessThan(b)
      expect(values![item]).toBe(tree[(a - start) * width + b - start])
      seen.add(`${a} ${b} ${values![item]}`)
    })
  }
  // Their (0) hangs on dog (1), which with . (3) hangs on sleeps (2).
  expect([...seen].sort()).toEqual(['0 1 1', '0 2 2', '0 3 3', '1 2 1', '1 3 2', '2 3 1', '4 5 1'])
  expect(distance.items('train', 3).values).toEqual(distance.items('train', 3).values)
  expect(shown(distance, dataset.words('train').forms, 'train')).toHaveLength(6)
})
