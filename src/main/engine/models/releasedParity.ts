import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { elementsOf, type Checkpoint } from '../checkpoints/checkpoint'
import { openSafetensors } from '../checkpoints/safetensors'
import { WordTokenizer } from '../tokenizers/wordTokenizer'
import { addressOf, usualReading } from './address'
import { loadModel } from './loadModel'
import type { LoadedModel } from './model'
import { compareWithReference, difference, parityTolerance, readInputs, type ParityResult } from './parity'
import { expectedFile, hasReference, tensorsFile } from './parityFiles'
import { openReleasedTensors } from './released/openReleased'

/** Texts, and their ids with the special tokens around them. */
const textsFile = 'cases.json'
const authors = 'authors.'

/** What became of a case. */
export interface ParityOutcome extends ParityResult {
  /** What else was compared, or how a damaged file ended, in words. */
  remark?: string
}

const nothingCompared = { hiddenStates: null, attentions: null, logits: null, inside: null } as const

/**
 * Compares a checkpoint as its authors released it: its tensors, exactly; and where there is a reference, its values,
 * those of its authors' code, those of its other parts, and its tokens.
 * @param folder with the references
 * @throws UserError for files that do not fit together
 */
export async function compareReleased(folder: string, checkpoint: string): Promise<ParityOutcome> {
  const wrong = wrongTensor(folder, checkpoint)
  const remarks = [wrong === null ? 'tensors exact' : `tensor '${wrong}' differs`]
  let result: ParityResult = { ...nothingCompared, ok: wrong === null }
  const add = (more: ParityResult): void => void (result = { ...more, ok: result.ok && more.ok })
  if (!hasReference(folder)) return { ...result, remark: remarks[0]! }
  const names = namesOfReference(folder)
  const model = await loadModel(checkpoint)
  try {
    add(compareWithReference(model, folder))
    const texts = await textsRead(model, folder)
    if (texts) {
      remarks.push(`texts ${texts.right} of ${texts.all}`)
      result.ok &&= texts.right === texts.all
    }
  } finally {
    model.dispose()
  }
  if (names.some((name) => name.startsWith(authors))) {
    const largest = await ofAuthors(
      checkpoint,
      folder,
      model.info.readings?.some(({ address }) => address.includes('gelu=')) ?? false
    )
    remarks.push(`authors' values ${largest.toExponential(1)}`)
    result.ok &&= largest <= parityTolerance
  }
  for (const part of partsIn(names)) {
    const partModel = await loadModel(addressOf(checkpoint, { ...usualReading, part }))
    try {
      const values = compareWithReference(partModel, folder, `${part}.`)
      remarks.push(`${part} ${largestOf(values).toExponential(1)}`)
      result.ok &&= values.ok
    } finally {
      partModel.dispose()
    }
  }
  return { ...result, remark: remarks.join(', ') }
}

/** A tensor that is not read exactly; null where all are. */
function wrongTensor(folder: string, checkpoint: string): string | null {
  const theirs = openSafetensors(join(folder, tensorsFile))
  const ours = openReleasedTensors(checkpoint)
  try {
    return theirs.names().find((name) => !ours.has(name) || !sameTensor(ours, theirs, name)) ?? null
  } finally {
    theirs.close()
    ours.close()
  }
}

function sameTensor(ours: Checkpoint, theirs: Checkpoint, name: string): boolean {
  if (ours.describe(name).shape.join() !== theirs.describe(name).shape.join()) return false
  const expected = theirs.read(name)
  return ours.read(name).every((value, i) => Object.is(value, expected[i]) || value === expected[i])
}

function namesOfReference(folder: string): string[] {
  const theirs = openSafetensors(join(folder, expectedFile))
  try {
    return theirs.names()
  } finally {
    theirs.close()
  }
}

/** Parts of the checkpoint whose values are there under names of their own: `generator.hidden_states.0`. */
function partsIn(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => /^(\w+)\.hidden_states\.0$/.exec(name)?.[1] ?? [])
  return [...new Set(parts)].filter((part) => `${part}.` !== authors)
}

/**
 * The largest difference from the values of the authors' own code, where tokens are not padding.
 * @param saysGelu whether its config has a "gelu", which the authors compute in their own way
 */
async function ofAuthors(checkpoint: string, folder: string, saysGelu: boolean): Promise<number> {
  const model = await loadModel(addressOf(checkpoint, { ...usualReading, gelu: saysGelu ? 'authors' : null }))
  const theirs = openSafetensors(join(folder, expectedFile))
  const inputs = readInputs(folder)
  const all = { first: 0, count: inputs.lengths.length, attended: inputs.mask }
  const run = model.run(inputs, { hiddenStates: true, attentions: false, logits: model.hasHead })
  const scores = run.logits
    ? tf.tidy(() => tf.logSoftmax(tf.reshape(run.logits!, [-1, run.logits!.shape.at(-1)!])))
    : null
  try {
    const compared: [string, Tensor | null | undefined][] = [
      ...run.hiddenStates.map((state, layer): [string, Tensor] => [`hidden_states.${layer}`, state]),
      ['last', run.hiddenStates.at(-1)],
      ['mlm_log_probs', scores]
    ]
    return compared.reduce((most, [name, tensor]) => {
      if (!tensor || !theirs.has(authors + name)) return most
      const { shape } = theirs.describe(authors + name)
      // [sequences * tokens, vocabulary] counts as sequences of one token.
      const part = shape.length === 2 ? { ...all, count: elementsOf(shape.slice(0, 1)) } : all
      return Math.max(most, difference(tensor, theirs, authors + name, part))
    }, 0)
  } finally {
    tf.dispose(run.hiddenStates)
    run.logits?.dispose()
    scores?.dispose()
    theirs.close()
    model.dispose()
  }
}

/** How many of the texts beside a reference are read as the tokens that they have there; null where there are none. */
async function textsRead({ tokenizer }: LoadedModel, folder: string): Promise<{ right: number; all: number } | null> {
  if (!existsSync(join(folder, textsFile))) return null
  const { texts } = JSON.parse(readFileSync(join(folder, textsFile), 'utf8')) as {
    texts: { text: string; ids: number[] }[]
  }
  if (!(tokenizer instanceof WordTokenizer)) return { right: 0, all: texts.length }
  const { prefix, suffix } = tokenizer.around
  const ours = await tokenizer.encodeTexts(texts.map(({ text }) => text))
  const right = texts.filter(({ ids }, i) => [...prefix, ...ours[i]!, ...suffix].join() === ids.join()).length
  return { right, all: texts.length }
}

function largestOf({ hiddenStates, attentions, logits }: ParityResult): number {
  return Math.max(hiddenStates ?? 0, attentions ?? 0, logits ?? 0)
}
