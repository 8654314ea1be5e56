import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { isUserError } from '@shared/userError'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { DatasetStore } from '../../src/main/engine/datasets/datasetStore'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { loadStaticModel } from '../../src/main/engine/models/static/staticModel'
import { recogniseVectors, refuseUnknown } from '../../src/main/engine/wordVectors/format'
import { WordTokenizer } from '../../src/main/engine/tokenizers/wordTokenizer'

/**
 * Small files of every kind, damaged at random (with a seed): each opens or is refused in a sentence. Anything else
 * that is thrown is a defect, and a person would see it as a stack trace.
 */
let folder: string
beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
  folder = mkdtempSync(join(tmpdir(), 'layerscope-damaged-'))
  process.env['LAYERSCOPE_CACHE'] = join(folder, 'cache')
})
afterAll(() => {
  delete process.env['LAYERSCOPE_CACHE']
  rmSync(folder, { recursive: true })
})

type Random = ReturnType<typeof seededRandom>

/** Bytes changed, cut, put in, repeated. */
function damaged(bytes: Buffer, random: Random, within = bytes.length): Buffer {
  const at = random.integer(Math.max(1, Math.min(within, bytes.length)))
  const length = 1 + random.integer(12)
  const noise = Buffer.from(Array.from({ length }, () => random.integer(256)))
  const marks = [
    '\0',
    '"',
    '\t',
    '\n',
    '\r',
    ',',
    '{',
    '[',
    ']',
    '}',
    ':',
    '-1',
    '1e999',
    'null',
    '\u001b[31m',
    '_',
    '#'
  ]
  const mark = Buffer.from(marks[random.integer(marks.length)]!)
  const kinds: (() => Buffer)[] = [
    () => Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + length)]),
    () => Buffer.concat([bytes.subarray(0, at), mark, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 40), at), bytes.subarray(at)])
  ]
  return kinds[random.integer(kinds.length)]!()
}

const strange = [null, -1, 0, 1.5, 1e15, 1e308, '', 'x', '\u001b[0m', true, [], {}, [null], { a: 1 }]

/** An object with one value in it, at any depth, replaced or taken out. */
function changed(json: unknown, random: Random): unknown {
  const copy = structuredClone(json)
  const places: [Record<string, unknown>, string][] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Object.keys(value).slice(0, 40)) {
      places.push([value as Record<string, unknown>, key])
      visit((value as Record<string, unknown>)[key])
    }
  }
  visit(copy)
  const [holder, key] = places[random.integer(places.length)]!
  if (random.integer(4) === 0) Reflect.deleteProperty(holder, key)
  else holder[key] = strange[random.integer(strange.length)]
  return copy
}

/** Null where it opened or was refused in a sentence; otherwise what was thrown. */
async function thrown(open: () => Promise<unknown>): Promise<string | null> {
  try {
    await open()
    return null
  } catch (error) {
    if (isUserError(error)) {
      expect(Buffer.byteLength(error.message)).toBeLessThanOrEqual(2000)
      expect(error.message).not.toMatch(/\p{Cc}|undefined|\[object/u)
      return null
    }
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

async function tryAll(rounds: number, seed: number, once: (random: Random, round: number) => () => Promise<unknown>) {
  const random = seededRandom(seed)
  const defects: string[] = []
  for (let round = 0; round < rounds; round++) {
    const defect = await thrown(once(random, round))
    if (defect !== null) defects.push(`round ${round}: ${defect}`)
  }
  expect(defects).toEqual([])
}

function copyOf(source: string): string {
  const copy = mkdtempSync(join(folder, `${basename(source)}-`))
  cpSync(source, copy, { recursive: true })
  return copy
}

const openModel = (path: string) => async (): Promise<void> => {
  const model = await loadModel(path)
  const run = model.run(
    { lengths: [3], ids: Int32Array.from([5, 6, 7]), mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  tf.dispose([run.hiddenStates, run.attentions.filter((map) => map !== null)])
  model.dispose()
}

describe('checkpoints', () => {
  test('model.safetensors', async () => {
    const path = copyOf('test/fixtures/parity/bert')
    const whole = readFileSync(join(path, 'model.safetensors'))
    const header = 8 + Number(whole.readBigUInt64LE())
    await tryAll(80, 1, (random) => {
      writeFileSync(join(path, 'model.safetensors'), damaged(whole, random, random.integer(4) ? header : whole.length))
      return openModel(path)
    })
  })

  test('the header of model.safetensors, as JSON', async () => {
    const path = copyOf('test/fixtures/parity/bert')
    const whole = readFileSync(join(path, 'model.safetensors'))
    const length = Number(whole.readBigUInt64LE())
    const header = JSON.parse(whole.toString('utf8', 8, 8 + length)) as unknown
    await tryAll(80, 2, (random) => {
      const text = Buffer.from(JSON.stringify(changed(header, random)))
      const size = Buffer.alloc(8)
      size.writeBigUInt64LE(BigInt(text.length))
      writeFileSync(join(path, 'model.safetensors'), Buffer.concat([size, text, whole.subarray(8 + length)]))
      return openModel(path)
    })
  })

  test.each(['bert', 'gpt2', 'llama', 'gemma2', 't5', 'bloom', 'deberta-v2'])('config.json of %s', async (family) => {
    const path = copyOf(`test/fixtures/parity/${family}`)
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as unknown
    await tryAll(40, 3, (random) => {
      const text = JSON.stringify(changed(config, random))
      writeFileSync(join(path, 'config.json'), random.integer(4) ? text : damaged(Buffer.from(text), random))
      return openModel(path)
    })
  })
})

describe('tokenizers', () => {
  test.each(['bert-cased', 'gpt2', 't5', 'marian', 'xlm'])('the files of %s', async (style) => {
    const source = `test/fixtures/tokenizers/${style}`
    const names = ['vocab.txt', 'vocab.json', 'merges.txt', 'spiece.model', 'source.spm', 'tokenizer_config.json']
    await tryAll(12, 4, (random, round) => {
      const path = copyOf(source)
      const present = names.flatMap((name) => {
        try {
          return [[name, readFileSync(join(path, name))] as const]
        } catch {
          return []
        }
      })
      const [name, whole] = present[round % present.length]!
      writeFileSync(join(path, name), damaged(whole, random))
      return () => WordTokenizer.open(path, 64)
    })
  })

  test('tokenizer.json', async () => {
    const whole = JSON.parse(readFileSync('resources/models/all-MiniLM-L6-v2/tokenizer.json', 'utf8')) as {
      model: { vocab: Record<string, number> }
    }
    // A small vocabulary is as easily damaged, and read in no time.
    whole.model.vocab = Object.fromEntries(Object.entries(whole.model.vocab).filter(([, id]) => id < 200))
    await tryAll(40, 5, (random) => {
      const path = mkdtempSync(join(folder, 'json-'))
      writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(changed(whole, random)))
      return () => WordTokenizer.open(path, 64)
    })
  })
})

describe('data', () => {
  const inputs: Record<string, string> = {
    'a.conllu':
      '# sent_id = 1\n# text = the cat\n1\tthe\tthe\tDET\tDT\tDefinite=Def\t2\tdet\t_\t_\n2\tcat\tcat\tNOUN\tNN\tNumber=Sing\t0\troot\t_\tSpaceAfter=No\n\n1\tdogs\tdog\tNOUN\tNNS\t_\t2\tnsubj\t_\t_\n2\tbark\tbark\tVERB\tVBP\t_\t0\troot\t_\t_\n\n',
    'a.csv': `text,label\n${Array.from({ length: 12 }, (_, i) => `"say ""${i}"", now",${i % 3}`).join('\n')}\n`,
    'a.tsv': `word\tner\n${Array.from({ length: 12 }, (_, i) => `w${i}\t${i % 3 ? 'O' : 'B-PER'}\n${i % 4 ? '' : '\n'}`).join('')}`,
    'a.jsonl': Array.from(
      { length: 12 },
      (_, i) => `{"tokens": ["a", "b${i}"], "tags": ["X", "${i % 3}"], "y": ${i / 3}}`
    ).join('\n'),
    'a.json': '{"train": [["a b", "x"], ["c d", "y"]], "test": [["e f", "x"], ["g h", "y"]]}',
    'a.ptb': '(S (NP (DT the) (NN cat)) (VP (VBZ sleeps)))\n(S (NP (NNS dogs)) (VP (VBP bark)))\n'
  }
  test.each(Object.entries(inputs))('%s', async (name, text) => {
    await tryAll(150, 6, (random) => {
      const path = join(folder, name)
      const once = damaged(Buffer.from(text), random)
      writeFileSync(path, random.integer(2) ? once : damaged(once, random))
      return () => new DatasetStore().open({ paths: [path] })
    })
  })

  test('dataset.json', async () => {
    const path = mkdtempSync(join(folder, 'sidecar-'))
    writeFileSync(join(path, 'a.tsv'), inputs['a.tsv']!)
    const manifest = {
      name: 'a',
      description: 'b',
      licence: 'c',
      source: 'd',
      splits: [{ name: 'train', file: 'a.tsv' }],
      suggested: { train: 'train', test: 'train' },
      offerFirst: ['ner'],
      choice: { header: true, columns: [{ index: 1, role: 'label', as: 'classes' }] }
    }
    await tryAll(60, 7, (random) => {
      const text = JSON.stringify(changed(manifest, random))
      writeFileSync(join(path, 'dataset.json'), random.integer(4) ? text : damaged(Buffer.from(text), random))
      return () => new DatasetStore().open({ paths: [path] })
    })
  })
})

test('word vectors', async () => {
  const lines = Array.from(
    { length: 20 },
    (_, i) => `w${i} ${Array.from({ length: 8 }, (_u, k) => (i + k / 8).toFixed(3)).join(' ')}`
  )
  await tryAll(100, 8, (random, round) => {
    const path = join(folder, 'v.vec')
    const whole = Buffer.from(`${round % 2 ? '20 8\n' : ''}${lines.join('\n')}\n`)
    writeFileSync(path, damaged(whole, random))
    return async () => {
      const head = (await recogniseVectors(path)) ?? (await refuseUnknown(path))
      ;(await loadStaticModel(path, head, silentJob())).dispose()
    }
  })
})
