import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isUserError, quoted, UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { openFlax } from '../../checkpoints/flaxCheckpoint'
import { openSharded } from '../../checkpoints/sharded'
import { namedByObjects } from '../../checkpoints/tensorflow/objectGraph'
import { openTensorBundle } from '../../checkpoints/tensorflow/tensorBundle'
import { keptOpen } from '../../files/keptOpen'
import { jsonFault, parsePythonJson } from '../../files/pythonJson'
import { tokenizerPaths, type TokenizerDefaults } from '../../tokenizers/tokenizerFiles'
import { addressOf, type Reading } from '../address'
import { interpretConfig } from '../transformer/interpretConfig'
import { openFairseq, fairseqPath, isUsualFile } from './fairseqFile'
import { findBundle, isBundleFile } from './bundleFiles'
import { isLowerCased } from './casing'
import { geluLines } from './gelu'
import type { ReleaseLayout } from './layout'
import { albertLayout } from './layouts/albert'
import { bertLayout } from './layouts/bert'
import { bertOfObjects } from './layouts/bertOfObjects'
import { fairseqPieces, fairseqRoberta } from './layouts/fairseqRoberta'
import { gptLayout, gptShapesFile, isGptRelease, openGptRelease } from './layouts/gpt'
import { flaxLayout } from './layouts/flax'
import { electraLayout } from './layouts/electra'
import { xlnetLayout } from './layouts/xlnet'
import { renamed } from './renamed'

/** Layouts of TensorFlow checkpoints. A new one is a file and a line here. */
const bundleLayouts: readonly ReleaseLayout[] = [bertLayout, bertOfObjects, albertLayout, xlnetLayout, electraLayout]

/** States what shapes do not tell, where there is no config: {"discriminator": {"num_attention_heads": 12}}. */
const sizesFile = 'sizes.json'

/** Weights that transformers' Flax classes save: one file, or the index of several. */
const flaxFile = 'flax_model.msgpack'
const flaxIndexFile = `${flaxFile}.index.json`
/** One of several. */
const flaxPiece = /^flax_model-\d{5}-of-\d{5}\.msgpack$/

/** What training leaves beside the weights: counters, and the slots of optimisers. */
const leftByTraining = [
  /^(global_step|good_steps|loss_scale|beta[12]_power|save_counter)/,
  /\/((adam|lamb)_[mv]|Adam(_1)?|Momentum|RMSProp(_1)?|ExponentialMovingAverage)$/,
  /^_CHECKPOINTABLE_OBJECT_GRAPH$/
]

/** A checkpoint as its authors released it, in the terms of Hugging Face's layout. */
export interface Released extends ReturnType<typeof interpretConfig> {
  checkpoint: Checkpoint
  /** Paths of the files that say how the weights are used. */
  settings: string[]
  tokenizer: TokenizerDefaults
  tokenizerFolder: string
  /** What else decides what it computes, for its identity. */
  computed: string[]
  notes: string[]
  /** Its address: the folder, and how it is read. */
  address: string
  /** Other ways to read it, in words. */
  readings: { title: string; address: string }[]
  /** Behind the folder's name, where it is not read in the usual way. */
  suffix: string
}

/** Whether a file is part of a checkpoint as authors released them, by its name. */
export function isReleasedFile(path: string): boolean {
  const name = basename(path)
  return (
    isBundleFile(path) ||
    [flaxFile, flaxIndexFile, gptShapesFile].includes(name) ||
    flaxPiece.test(name) ||
    /^params_\d+\.npy$/.test(name)
  )
}

/**
 * Opens what a folder holds as its authors released it; null where it holds nothing of the kind.
 * @param chosen the folder, or a file in it
 * @throws UserError naming what is missing, damaged or not implemented
 */
export function openReleased(folder: string, chosen: string, reading: Reading): Released | null {
  const fairseq = fairseqPath(folder, chosen, reading.checkpoint)
  if (fairseq !== null) return openFairseqFolder(folder, fairseq, reading)
  const flax = existsSync(join(folder, 'config.json')) ? openFlaxIn(folder) : null
  if (flax) return keptOpen(flax, (stored) => inLayout(flaxLayout, stored, folder, reading))
  if (isGptRelease(folder))
    return keptOpen(openGptRelease(folder), (stored) => inLayout(gptLayout, stored, folder, reading))
  const bundle = findBundle(folder, chosen, reading.checkpoint)
  if (!bundle) return null
  return keptOpen(openTensorBundle(bundle.index), (file) => {
    const stored = namedByObjects(file) ?? file
    const layout = bundleLayouts.find(({ recognises }) => recognises((name) => stored.has(name)))
    if (!layout)
      throw new UserError(
        `${basename(bundle.index)} holds the variables of no release that Layerscope knows (BERT, ALBERT, XLNet, ` +
          `ELECTRA); among them is ${quoted(stored.names()[0] ?? '', 80)}. Convert it to Hugging Face's layout.`
      )
    const checkpoint = bundle.several ? basename(bundle.index, '.index') : null
    return inLayout(layout, stored, folder, { ...reading, checkpoint })
  })
}

/** What Flax saved in a folder, in one file or in several; null where it saved nothing. */
function openFlaxIn(folder: string): Checkpoint | null {
  if (existsSync(join(folder, flaxFile))) return openFlax(join(folder, flaxFile))
  return existsSync(join(folder, flaxIndexFile)) ? openSharded(join(folder, flaxIndexFile)) : null
}

/** Null for a file of another program. */
function openFairseqFolder(folder: string, path: string, reading: Reading): Released | null {
  const { checkpoint: stored, settings } = openFairseq(path)
  return keptOpen(stored, () => {
    if (!fairseqRoberta.recognises((name) => stored.has(name))) {
      stored.close()
      return null
    }
    const checkpoint = isUsualFile(path, folder) ? null : basename(path)
    return inLayout(fairseqLayoutIn(folder), stored, folder, { ...reading, checkpoint }, settings)
  })
}

/** RoBERTa has GPT-2's byte pairs, its relatives a SentencePiece model. */
function fairseqLayoutIn(folder: string): ReleaseLayout {
  const has = (name: string): boolean => existsSync(join(folder, name))
  if (has('encoder.json') || !has('sentencepiece.bpe.model')) return fairseqRoberta
  return fairseqPieces(has('dict.txt') && /^<s> /m.test(readFileSync(join(folder, 'dict.txt'), 'utf8')))
}

/**
 * The tensors of a checkpoint as its authors released it, by the names that they have there.
 * @throws UserError where the folder holds none
 */
export function openReleasedTensors(folder: string): Checkpoint {
  const fairseq = fairseqPath(folder, folder, null)
  if (fairseq !== null) return openFairseq(fairseq).checkpoint
  const flax = openFlaxIn(folder)
  if (flax) return flax
  if (isGptRelease(folder)) return openGptRelease(folder)
  const bundle = findBundle(folder, folder, null)
  if (bundle) return openTensorBundle(bundle.index)
  throw new UserError(`${folder} holds no checkpoint as authors released them.`)
}

/** @param given the config, where it is in the file of the weights */
function inLayout(
  layout: ReleaseLayout,
  stored: Checkpoint,
  folder: string,
  reading: Reading,
  given?: Record<string, unknown>
): Released {
  const configFile = layout.configNames.find((name) => existsSync(join(folder, name)))
  const config = configFile === undefined ? (given ?? null) : readObject(join(folder, configFile))
  const part = partOf(layout, reading)
  const sizes = existsSync(join(folder, sizesFile)) ? readObject(join(folder, sizesFile)) : {}
  const statedPart = sizes[part ?? layout.parts?.[0] ?? '']
  const stated = isObject(statedPart) ? statedPart : sizes
  if (!config && layout.configNames.length > 0 && layout !== bertLayout)
    throw new UserError(
      `${folder} holds ${layout.title} without its ${layout.configNames[0]!}, which says how the weights are used; ` +
        'put it beside them.'
    )
  const gelu = geluLines(layout, config, reading, folder)
  const json = { ...layout.config({ stored, config, stated, reading }), ...gelu.fields }
  const interpreted = ofFile(configFile ?? 'the sizes of its tensors', () => interpretConfig(json))
  const checkpoint = renamed(stored, {
    rules: layout.rules(reading, stored),
    layers: interpreted.config.layers,
    leftOut: [...leftByTraining, ...(layout.leftOut?.(reading) ?? [])],
    zeros: layout.zeros?.(json)
  })
  const tokenizerFolder = existsSync(join(folder, 'assets', 'vocab.txt')) ? join(folder, 'assets') : folder
  const tokenizer = tokenizerOf(layout, tokenizerFolder, interpreted.config.vocabulary)
  const unread = layout.parts?.filter((name) => name !== (part ?? layout.parts![0])) ?? []
  const readings = [
    ...gelu.readings,
    ...unread.map((name) => ({
      title: `the ${name} of this checkpoint`,
      address: addressOf(folder, { ...reading, part: name === layout.parts![0] ? null : name })
    }))
  ]
  return {
    ...interpreted,
    checkpoint,
    settings: [
      ...(configFile === undefined ? [] : [join(folder, configFile)]),
      ...(existsSync(join(folder, sizesFile)) ? [join(folder, sizesFile)] : []),
      ...(layout.tokenizerFiles ?? []).map((name) => join(folder, name)).filter((path) => existsSync(path)),
      ...tokenizerPaths(tokenizerFolder)
    ],
    tokenizer: tokenizer.defaults,
    tokenizerFolder,
    computed: [...gelu.computed, ...(part === null ? [] : [`part ${part}`])],
    notes: [`Read as its authors released it: ${layout.title}.`, ...gelu.notes, ...tokenizer.notes],
    address: addressOf(folder, { ...reading, part, checkpoint: reading.checkpoint }),
    readings,
    suffix: [
      ...(reading.checkpoint === null ? [] : [reading.checkpoint]),
      ...(part === null ? [] : [part]),
      ...gelu.suffix
    ].join(', ')
  }
}

function tokenizerOf(
  { tokenizer, casedByVocabulary }: ReleaseLayout,
  folder: string,
  vocabulary: number
): { defaults: TokenizerDefaults; notes: string[] } {
  const config = { ...tokenizer.config, vocab_size: vocabulary }
  if (!casedByVocabulary || !existsSync(join(folder, 'vocab.txt')))
    return { defaults: { ...tokenizer, config }, notes: [] }
  const lowerCased = isLowerCased(folder)
  const words = lowerCased
    ? 'no words with capital letters, so text is lower-cased'
    : 'words with capital letters, so text keeps its case'
  return {
    defaults: { config, settings: { ...tokenizer.settings, do_lower_case: lowerCased } },
    notes: existsSync(join(folder, 'tokenizer_config.json')) ? [] : [`Its vocabulary has ${words}.`]
  }
}

/** The part that is read, null for the usual one. @throws UserError where there is no such part */
function partOf({ parts = [], title }: ReleaseLayout, { part }: Reading): string | null {
  if (part === null || part === parts[0]) return null
  if (parts.includes(part)) return part
  const known = parts.length ? `its parts are ${parts.join(' and ')}` : 'it is a single model'
  throw new UserError(`${title} has no part ${quoted(part, 80)}; ${known}.`)
}

/** @throws UserError where it is not a JSON object */
function readObject(path: string): Record<string, unknown> {
  let json: unknown
  try {
    json = statSync(path).isFile() ? parsePythonJson(readFileSync(path, 'utf8')) : null
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${jsonFault(error)}.`)
  }
  if (!isObject(json)) throw new UserError(`${basename(path)} in ${dirname(path)} must be a JSON object.`)
  return json
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refusals of the config under the name that it has here. */
function ofFile<T>(name: string, interpret: () => T): T {
  try {
    return interpret()
  } catch (error) {
    if (!isUserError(error) || name === 'config.json') throw error
    throw new UserError(error.message.replaceAll('config.json', name))
  }
}
