import { existsSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, relative } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { twinSeed, type ModelInfo } from '@shared/model'
import { isUserError } from '@shared/userError'
import { activeKernels } from '../../backends/activeKernels'
import { elementsOf, type Checkpoint } from '../../checkpoints/checkpoint'
import { keptOpen } from '../../files/keptOpen'
import type { TokenizerDefaults } from '../../tokenizers/tokenizerFiles'
import { WordTokenizer } from '../../tokenizers/wordTokenizer'
import { addressOf, modelAddress } from '../address'
import { adaptedFiles, openModelFolder, type ModelFolder } from '../adapted/modelFolder'
import { checkpointId, checkpointStamp, idsBySeed, requireUnchanged, settingFiles, twinId } from '../identity'
import { insideReadings } from '../inside/sites'
import type { FoundModel, LoadOptions, ModelKind } from '../kind'
import { readLineage } from '../lineage'
import type { LoadedModel } from '../model'
import { SentenceEncoderModel } from '../sentence/sentenceEncoderModel'
import { gibibytes, planMemory, type MemoryPlan } from '../memory/memoryPlan'
import { hiddenValues, logitValues } from '../values'
import { blockValues } from './blockValues'
import type { ModelFamily } from './family'
import { placeOf, TransformerModel } from './transformerModel'
import { recipeVersion, storedTensors, untrainedValues } from './untrained'
import { WeightReader } from './weightReader'
import { loadStreamedWeights, loadWeights } from './weights'

/** Files of a checkpoint; opening one of them opens its folder. */
const checkpointFiles = [
  /\.(safetensors|json|model|pt|pth|ckpt|msgpack|index|meta)$/i,
  /\.ckpt-\d+$|\.data-\d{5}-of-\d{5}$/,
  /(^|[\\/])pytorch_model[^\\/]*\.bin$/i,
  /(^|[\\/])(vocab|merges)\.txt$/i
]

/**
 * A checkpoint as Hugging Face saves it: config.json, the weights (safetensors or pytorch_model.bin, one file or
 * several with their index), and the tokenizer's files. Any folder is treated as one, so that errors say what it lacks.
 */
export const transformerKind: ModelKind = {
  id: 'transformer',

  async recognise(path, reading) {
    if (statSync(path).isFile() && !checkpointFiles.some((pattern) => pattern.test(path))) return null
    const folder = openModelFolder(addressOf(path, reading))
    return keptOpen(folder.checkpoint, () => new FoundTransformer(folder))
  },

  files: ({ path: address, files }) => {
    const { path } = modelAddress(address)
    const paths = [...files.map((name) => join(path, name)), ...settingFiles(path), ...adaptedFiles(path)]
    return [...new Set(paths)].filter((file) => existsSync(file))
  }
}

class FoundTransformer implements FoundModel {
  readonly path: string
  readonly name: string
  readonly tensors: FoundModel['tensors']
  readonly identify = idsBySeed((untrained) => this.idOf(untrained))
  private readonly stamp: string

  constructor(private readonly folder: ModelFolder) {
    const { checkpoint, family } = folder
    this.path = folder.address
    this.name = basename(folder.folder)
    const prefixes = family.prefixes.filter((prefix) => prefix !== '')
    this.tensors = {
      stored: checkpoint,
      canonical: (name) => name.slice(prefixes.find((prefix) => name.startsWith(prefix))?.length ?? 0)
    }
    this.stamp = checkpointStamp(folder)
  }

  plan(untrained: number | null): MemoryPlan {
    const { checkpoint, family, config } = this.folder
    return planMemory(checkpoint, family, config, untrained !== null)
  }

  private idOf(untrained: number | null): Promise<string> {
    if (untrained === null) return checkpointId(this.folder)
    const { checkpoint, family, reader } = this.folder
    const stored = storedTensors(checkpoint, family, reader)
    return twinId(this.folder, { version: recipeVersion, seed: untrained, stored })
  }

  async load({ bundled, untrained, streamed }: LoadOptions): Promise<LoadedModel> {
    const { path } = this
    const plan = this.plan(untrained)
    const { held, peak } = streamed && plan.streamed ? plan.streamed : plan
    // A model that reads its blocks later needs its files after this is closed.
    const { checkpoint, family, reader, tokenizerFolder } = streamed ? openModelFolder(path) : this.folder
    const unchanged = (): void => requireUnchanged(this.folder, this.stamp, { name: this.name, folder: path })
    // An untrained twin is one of the base: adapters are made by training.
    const config = untrained === null ? this.folder.config : { ...this.folder.config, adapters: null }
    const id = await this.identify(untrained)
    const values = untrained === null ? null : untrainedValues(checkpoint, family, reader, config, untrained)
    const source = new WeightReader(checkpoint, family.title, activeKernels(), values)
    const {
      weights,
      unused,
      notes: weightNotes
    } = streamed
      ? keptOpen(checkpoint, () => loadStreamedWeights(source, family, config, unchanged))
      : loadWeights(source, family, config, values !== null)
    const letGo = (): void => {
      if (!('release' in weights.blocks)) return
      weights.blocks.release()
      checkpoint.close()
    }
    try {
      const { tokenizer, reason } = await openTokenizer(tokenizerFolder, config.maxTokens, this.folder.tokenizer)
      unchanged()
      const head = weights.head !== null
      const { note: lineageNote } = readLineage(this.folder.folder)
      const lineageNotes = lineageNote === undefined ? [] : [lineageNote]
      const inside = blockValues(config)
      const readings = [...this.folder.readings, ...insideReadings(path, inside)]
      const info: ModelInfo = {
        id,
        kind: 'transformer',
        untrained,
        ...(untrained === null ? { twin: await this.identify(twinSeed) } : {}),
        family: family.type,
        familyTitle: family.title,
        ...placeOf(path, bundled, untrained, this.folder.suffix),
        ...(readings.length && { readings }),
        layers: config.layers,
        heads: config.heads,
        width: config.width,
        vocabulary: config.vocabulary,
        maxTokens: tokenizer?.maxTokens ?? config.maxTokens,
        spelling: tokenizer?.spelling ?? 'plain',
        values: [
          ...hiddenValues(config.layers, config.width),
          ...inside,
          ...(head ? logitValues(config.layers, config.vocabulary) : [])
        ],
        parameters: countParameters(checkpoint, unused),
        dtype: checkpoint.describe(checkpoint.names()[0]!).dtype,
        bytes: checkpoint.bytes,
        files: checkpoint.files.map((file) => nameIn(this.folder.folder, file)),
        memory: { held, peak, ...(plan.kept && { kept: plan.kept }), ...(streamed && { streamed: true }) },
        head,
        masked: !config.causal,
        notes: notesOf({
          family,
          noted: [
            ...(streamed ? [streamedNote(plan, checkpoint.bytes)] : []),
            ...this.folder.notes,
            ...checkpoint.notes,
            ...weightNotes,
            ...lineageNotes
          ],
          tokenizer,
          noTokenizer: reason,
          unused
        })
      }
      const model = new TransformerModel(info, config, tokenizer, weights, reason, this.folder.suffix, letGo)
      const { sentence } = this.folder
      return sentence ? new SentenceEncoderModel(model, sentence) : model
    } catch (error) {
      tf.dispose(weights as unknown as tf.TensorContainer)
      letGo()
      throw error
    }
  }

  close(): void {
    this.folder.checkpoint.close()
  }
}

function streamedNote({ peak }: MemoryPlan, bytes: number): string {
  return (
    `The model does not fit into memory, for which it needs ${gibibytes(peak)}: its blocks are read from the file ` +
    `one after another, ${gibibytes(bytes)} for every sentence, step of an ablation and chunk of a corpus. Only the ` +
    'chunks of word vectors are large enough that this costs little.'
  )
}

/** What a person should know of an opened checkpoint, as sentences. */
function notesOf({
  family,
  noted,
  tokenizer,
  noTokenizer,
  unused
}: {
  family: ModelFamily
  /** While the weights were read. */
  noted: readonly string[]
  tokenizer: WordTokenizer | null
  noTokenizer: string
  unused: readonly string[]
}): string[] {
  const notes = [...(family.note ? [family.note] : []), ...noted]
  if (tokenizer?.note) notes.push(tokenizer.note)
  if (!tokenizer) notes.push(`The model is loaded, but it cannot read text. ${noTokenizer}`)
  if (unused.length)
    notes.push(
      `${unused.length} tensors of the checkpoint are not used and were not read, among ` + `them '${unused[0]}'.`
    )
  return notes
}

/**
 * The tokenizer, or a sentence why there is none: a model is useful without. A broken tokenizer.json is
 * refused.
 */
async function openTokenizer(
  folder: string,
  maxTokens: number,
  defaults?: TokenizerDefaults
): Promise<{ tokenizer: WordTokenizer | null; reason: string }> {
  try {
    return { tokenizer: await WordTokenizer.open(folder, maxTokens, defaults), reason: '' }
  } catch (error) {
    if (!isUserError(error) || existsSync(join(folder, 'tokenizer.json'))) throw error
    return { tokenizer: null, reason: error.message }
  }
}

/** A file's name; of one in a folder below, with that folder. */
function nameIn(folder: string, file: string): string {
  const inside = relative(folder, file)
  return inside.startsWith('..') || isAbsolute(inside) ? basename(file) : inside
}

function countParameters(checkpoint: Checkpoint, unused: readonly string[]): number {
  const unread = new Set(unused)
  let total = 0
  for (const name of checkpoint.names()) {
    const { shape, dtype } = checkpoint.describe(name)
    if (!unread.has(name) && !dtype.startsWith('I')) total += elementsOf(shape)
  }
  return total
}
