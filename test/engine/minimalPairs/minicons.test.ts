import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { tokenScores, type TokenScores } from '../../../src/main/engine/minimalPairs/sentenceScores'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { byLength } from '../../../src/main/engine/services/minimalPairService'

/** What minicons computed (test/fixtures/minimalPairs/make_minicons.py). */
const theirs = JSON.parse(readFileSync('test/fixtures/minimalPairs/minicons.json', 'utf8')) as {
  sentences: string[]
} & Record<'token' | 'word' | 'causal', { tokens: number[][]; means?: number[] }>

const masked = join('..', 'shared', 'models', 'minilm-ud-mlm')

beforeAll(async () => void (await pickBackend()))

async function scoresOf(folder: string, withinWord: boolean): Promise<TokenScores[]> {
  const model = await loadModel(folder)
  try {
    const texts = theirs.sentences.map((text) => ({ text }))
    return (await tokenScores(model, texts, silentJob(), { withinWord })).texts
  } finally {
    model.dispose()
  }
}

test.each([
  ['causal', join('resources', 'models', 'gpt2-ud-tiny'), false],
  ['token', masked, false],
  ['word', masked, true]
] as const)('scores by %s are those of minicons, token by token and as means', async (kind, folder, withinWord) => {
  const ours = await scoresOf(folder, withinWord)
  const { tokens, means } = theirs[kind]
  ours.forEach(({ logProbabilities, scored }, sentence) => {
    expect(scored).toBe(tokens[sentence]!.length)
    tokens[sentence]!.forEach((value, place) => expect(logProbabilities[place]).toBeCloseTo(value, 3))
    const sum = logProbabilities.reduce((total, value) => total + value, 0)
    if (means) expect(byLength(sum, scored, 'mean')).toBeCloseTo(means[sentence]!, 4)
  })
})

test('masking the rest of a word changes the scores of words of several tokens alone', () => {
  const sums = (kind: 'token' | 'word'): number[] =>
    theirs[kind].tokens.map((row) => row.reduce((sum, value) => sum + value, 0))
  const [alone, together] = [sums('token'), sums('word')]
  expect(alone.map((sum, i) => Math.abs(sum - together[i]!) > 0.01)).toEqual([true, true, false, false, false, true])
})

test('scores are divided by length as Lau et al. (2020) have it', () => {
  expect(byLength(-12, 6, undefined)).toBe(-12)
  expect(byLength(-12, 6, 'mean')).toBe(-2)
  expect(byLength(-12, 7, 'penalty')).toBeCloseTo(-12 / 2 ** 0.8, 12)
})

test('a causal model is refused masks within words', async () => {
  await expect(scoresOf(join('resources', 'models', 'gpt2-ud-tiny'), true)).rejects.toThrow(
    'reads from left to right and masks nothing; masks within words are for masked models'
  )
})
