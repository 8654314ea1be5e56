import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { readers } from '../../../src/main/engine/datasets/readers/readers'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()
const page = readFileSync('docs/data-formats.md', 'utf8')
const examples = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```\n\n(?:Opens as: ([^\n]+(?:\n[^\n]+)*)\.\n)?/gm)].map(
  ([, file = '', content = '', opensAs]) => ({ file, content, opensAs: opensAs?.replaceAll('\n', ' ') })
)
const withOutcome = examples.filter(({ opensAs }) => opensAs !== undefined)

test('docs/adding-a-dataset-reader.md names files and members that exist', () => {
  const guide = readFileSync('docs/adding-a-dataset-reader.md', 'utf8')
  const named = [...guide.matchAll(/`((?:src|test|docs)\/[^`]+|[a-zA-Z]+\.ts)`/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(6)
  for (const path of named) {
    const places = path.includes('/')
      ? [path]
      : [
          `src/main/engine/datasets/${path}`,
          `src/main/engine/datasets/readers/${path}`,
          `src/main/engine/datasets/shards/${path}`,
          `test/engine/datasets/${path}`,
          `test/engine/datasets/${path.replace('.ts', '.test.ts')}`
        ]
    expect(
      places.some((place) => existsSync(place)),
      path
    ).toBe(true)
  }
  const [reader] = readers
  const members = [...guide.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)/g)].map(([, member = '']) => member)
  )
  expect(members.toSorted()).toEqual(Object.keys(reader ?? {}).toSorted())
})

describe('docs/data-formats.md', () => {
  test('has an example of every format, with what it opens as', () => {
    expect(withOutcome.length).toBeGreaterThanOrEqual(10)
    for (const reader of readers) {
      for (const extension of reader.extensions) expect(page, extension).toContain(extension)
      expect(
        withOutcome.some(({ file }) => reader.extensions.some((extension) => file.endsWith(extension))),
        reader.id
      ).toBe(true)
    }
  })

  test.each(withOutcome)('$file opens as $opensAs', async ({ file, content, opensAs }) => {
    // A binary file is written by the example, which test/fixtures/datasets/rows/make_rows.py runs.
    const made = `test/fixtures/datasets/rows/${file}`
    const info = await new DatasetStore().open({ paths: [existsSync(made) ? made : files.write(file, content)] })
    const layers = (unit: string): string[] =>
      info.labelLayers.filter((layer) => layer.unit === unit).map(({ id }) => id)
    const list = (kind: string): string[] | undefined =>
      new RegExp(`${kind} ([^;]*)`).exec(opensAs ?? '')?.[1]?.split(', ')
    const total = (key: 'sentences' | 'words'): number => info.splits.reduce((sum, split) => sum + split[key], 0)
    expect(total('sentences')).toBe(Number(/(\d+) sentence/.exec(opensAs ?? '')?.[1]))
    expect(total('words')).toBe(Number(/(\d+) word/.exec(opensAs ?? '')?.[1]))
    expect(layers('token').sort()).toEqual((list('word labels') ?? []).sort())
    expect(layers('sentence').sort()).toEqual((list('sentence labels') ?? []).sort())
    for (const unit of ['span', 'pair'] as const)
      expect(info.spanLayers.filter((layer) => layer.unit === unit).map(({ id }) => id)).toEqual(list(`${unit}s`) ?? [])
    if (list('splits')) expect(info.splits.map(({ name }) => name)).toEqual(list('splits'))
  })

  test('the folder with a dataset.json opens by what it says', async () => {
    const folder = join(files.folder, 'my-corpus')
    mkdirSync(folder)
    const content = (file: string): string => examples.find((example) => example.file === file)?.content ?? ''
    writeFileSync(join(folder, 'dataset.json'), content('dataset.json'))
    writeFileSync(join(folder, 'my-tags.tsv'), content('my-tags.tsv'))
    writeFileSync(join(folder, 'more-tags.tsv'), content('my-tags.tsv').replace('cat', 'mouse'))
    const info = await new DatasetStore().open({ paths: [folder] })
    expect(info).toMatchObject({
      name: 'My corpus',
      licence: 'CC BY 4.0',
      builtin: false,
      suggested: { train: 'train', test: 'test' }
    })
    expect(info.labelLayers.map(({ id }) => id)).toEqual(['animal', 'pos'])
    expect(info.warnings).toEqual(['1 sentence of test (50.0 %) is also in train, word for word.'])
  })
})
