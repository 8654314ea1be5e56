import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JobCancelled, silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { readPairs } from '../../../src/main/engine/minimalPairs/readPairs'
import { sentenceScores } from '../../../src/main/engine/minimalPairs/sentenceScores'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { nativeReady } from '../probes/subjects'

const shared = join('..', 'shared')
const reason = !existsSync(shared)
  ? `${shared} is not there`
  : !nativeReady
    ? 'native TensorFlow is not there, and wasm takes too long'
    : null
if (reason) console.warn(`BLiMP by PyTorch's scores is left out: ${reason}.`)

/** Paradigms compared here: `layerscope minimal-pairs` compares all 47 in minutes. */
const subjects = [
  { name: 'gpt2-ud-tiny', kind: 'causal', pairs: 150, paradigms: ['adjunct_island', 'ellipsis_n_bar_1'] },
  { name: 'minilm-ud-mlm', kind: 'masked', pairs: 40, paradigms: ['anaphor_number_agreement'] }
] as const

test('a model without a language-model head is refused', async () => {
  await pickBackend()
  const model = await loadModel(join('resources', 'models', 'all-MiniLM-L6-v2'))
  await expect(sentenceScores(model, ['It sleeps.'], silentJob())).rejects.toThrow(
    'all-MiniLM-L6-v2 has no language-model head, so it cannot score sentences; open a checkpoint that was saved with its head.'
  )
  model.dispose()
})

describe.skipIf(reason !== null).each(subjects)('$name', ({ name, kind, pairs, paradigms }) => {
  let model: LoadedModel
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
    model = await loadModel(join(shared, 'models', name))
  })
  afterAll(() => model.dispose())

  test('prefers the acceptable sentence exactly as often as in PyTorch', async () => {
    const theirs = (
      JSON.parse(readFileSync(join(shared, 'parity-real', `blimp-${name}.json`), 'utf8')) as {
        accuracy: Record<string, number>
      }
    ).accuracy
    const all = await readPairs(join(shared, 'data', 'blimp', 'pairs.tsv'))
    const taken = paradigms.flatMap((paradigm) => all.filter((pair) => pair.paradigm === paradigm).slice(0, pairs))
    const tensors = tf.memory().numTensors
    const found = await sentenceScores(
      model,
      taken.flatMap(({ good, bad }) => [good, bad]),
      silentJob()
    )
    expect(found.kind).toBe(kind)
    for (const paradigm of paradigms) {
      const right = taken.filter(
        (pair, i) => pair.paradigm === paradigm && found.scores[2 * i]! > found.scores[2 * i + 1]!
      ).length
      expect(right / pairs, paradigm).toBeCloseTo(theirs[paradigm]!, 12)
    }
    // The head's matrix is packed when first used, and stays.
    expect(tf.memory().numTensors - tensors).toBeLessThanOrEqual(2)
  }, 300_000)

  test('can be cancelled, and refuses a sentence longer than its window', async () => {
    const impatient = { ...silentJob(), yield: () => Promise.reject(new JobCancelled()) }
    await expect(sentenceScores(model, ['It sleeps.'], impatient)).rejects.toThrow(JobCancelled)
    await expect(sentenceScores(model, [`${'word '.repeat(600)}`], silentJob())).rejects.toThrow(
      /^A sentence has \d+ tokens, but .* reads \d+ at a time: "word word/
    )
  })
})
