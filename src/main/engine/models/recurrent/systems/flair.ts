import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { joinedCheckpoint } from '../../../checkpoints/joined'
import { OpenWordTokenizer } from '../../../tokenizers/openWordTokenizer'
import { planTensors } from '../../memory/memoryPlan'
import type { ReferenceValue } from '../../namedParity'
import { torchLstm, torchNames, type LstmLayer } from '../lstm'
import { NamedWeights } from '../namedWeights'
import { sentencesOf } from '../references'
import { LstmStack } from '../stack'
import type { LoadedNetwork, OpenedSystem, RecurrentSystem } from '../system'
import { folderOf, openIfTorch, torchFilesAt } from '../torchFiles'
import { flairGlobals, flairSettings, type FlairSettings } from './flairDictionary'
import { FlairNetwork, readCharacters, type CharacterModel } from './flairNetwork'

/** A character model in a file. */
interface CharacterFile {
  settings: FlairSettings
  checkpoint: Checkpoint
}

/** Contextual string embeddings (Akbik et al. 2018): character models of one direction or both. */
export const flair: RecurrentSystem = {
  type: 'flair',
  title: 'Flair',
  openVocabulary: true,

  recognise(path) {
    const pairs = pairsAt(path)
    return Promise.resolve(pairs.length === 0 ? null : open(path, pairs[0]!, pairs.length > 1))
  },

  async reference(model, network, inputs, folder) {
    const sentences = sentencesOf(inputs)
    const values = valuesOf(network as FlairNetwork, sentences)
    // Other files of the folder hold the same weights in other formats.
    for (const pair of pairsAt(folder).slice(1)) {
      const opened = open(folder, pair, false)
      const loaded = await opened.load(opened.checkpoint, silentJob())
      try {
        requireSame(values, valuesOf(loaded.network as FlairNetwork, sentences), pair.join(' and '))
      } finally {
        loaded.network.dispose()
        opened.checkpoint.close()
      }
    }
    return values
  }
}

/** Files of models that belong together: forward first, then backward where there is one. */
function pairsAt(path: string): string[][] {
  const folder = folderOf(path)
  const models = torchFilesAt(path).filter((file) => isFlair(file))
  const partner = (file: string): string | null => {
    const swapped = basename(file).replace(/forward|backward/, (word) => (word === 'forward' ? 'backward' : 'forward'))
    return swapped !== basename(file) && readdirSync(folder).includes(swapped) ? join(folder, swapped) : null
  }
  const pairs = models.map((file) => {
    const second = partner(file)
    const files = second !== null && isFlair(second) ? [file, second] : [file]
    return files.sort((a, b) => Number(/backward/.test(basename(a))) - Number(/backward/.test(basename(b))))
  })
  // Shorter names first: what a name ends in tells a version.
  return [...new Map(pairs.map((files) => [files[0]!, files])).values()].sort((a, b) => a[0]!.length - b[0]!.length)
}

/** Whether a file names flair's dictionary, and so is one of its models; others are not read further. */
function isFlair(path: string): boolean {
  const file = openFile(path)
  file?.checkpoint.close()
  return file !== null
}

/**
 * Null for a file of another program.
 * @throws UserError for a model of flair that is damaged or of another kind
 */
function openFile(path: string): CharacterFile | null {
  const opened = openIfTorch(path, flairGlobals)
  if (!opened) return null
  const { checkpoint, root } = opened
  try {
    const settings = flairSettings(root, basename(path))
    if (settings) return { settings, checkpoint }
  } catch (error) {
    checkpoint.close()
    throw error
  }
  checkpoint.close()
  return null
}

function open(path: string, files: readonly string[], hasMore: boolean): OpenedSystem {
  const parts = files.map((file) => openFile(file)!)
  const checkpoint = joinedCheckpoint(
    parts.map((part) => ({
      beginning: `${part.settings.isForward ? 'forward' : 'backward'}.`,
      checkpoint: part.checkpoint
    }))
  )
  const folder = folderOf(path)
  const isFolder = folder === path
  const stem = basename(files[0]!).replace(/\.\w+$/, '')
  const hiddenOf = (name: string): number => {
    const recurrent = `${name.slice(0, name.indexOf('.') + 1)}rnn.weight_hh_l0`
    return checkpoint.has(recurrent) ? (checkpoint.describe(recurrent).shape[1] ?? 1) : 1
  }
  return {
    path,
    name: isFolder ? basename(path) : files.length > 1 ? stem.replace(/-?forward-?/, '-').replace(/^-|-$/g, '') : stem,
    folder,
    checkpoint,
    settings: [],
    plan: planTensors(checkpoint),
    draw: (name) =>
      // flair's LanguageModel.init_weights, and torch.nn.LSTM's.
      /decoder\.bias$/.test(name)
        ? { constant: 0 }
        : { uniform: /\brnn\./.test(name) ? 1 / Math.sqrt(hiddenOf(name)) : 0.1 },
    load: (stored) => {
      const loaded = load(stored, parts)
      if (hasMore)
        loaded.notes.push(
          `The folder holds several character models; ${files.map((file) => basename(file)).join(' and ')} ` +
            'were opened. Choose a file to open another.'
        )
      return Promise.resolve(loaded)
    }
  }
}

function load(checkpoint: Checkpoint, parts: readonly CharacterFile[]): LoadedNetwork {
  const tokenizer = new OpenWordTokenizer(null)
  const file = parts.map((part) => basename(part.checkpoint.path)).join(' and ')
  const weights = new NamedWeights(checkpoint, activeKernels(), file)
  const models = parts.map(({ settings }) => loadModel(weights, settings, file))
  if (new Set(models.map(({ stack }) => stack.widths.length)).size > 1)
    throw new UserError(`${file} have different numbers of layers; open one of them by itself.`)
  return {
    network: new FlairNetwork(models, (id) => tokenizer.tokenText(id)),
    tokenizer,
    noTokenizer: '',
    notes:
      models.length > 1
        ? []
        : [`It has the ${models[0]!.settings.isForward ? 'forward' : 'backward'} direction alone.`],
    unread: weights.unread()
  }
}

function loadModel(weights: NamedWeights, settings: FlairSettings, file: string): CharacterModel {
  const side = settings.isForward ? 'forward.' : 'backward.'
  const [characters, width = 0] = weights.shapeOf(`${side}encoder.weight`)
  if (characters !== settings.characters)
    throw new UserError(
      `${file} has embeddings of ${characters} characters, and its dictionary lists ${settings.characters}.`
    )
  const hidden = weights.shapeOf(`${side}rnn.weight_hh_l0`)[1] ?? 0
  const layers = Array.from({ length: settings.layers }, (_, layer): LstmLayer => ({
    directions: [
      {
        direction: 'forward',
        weights: torchLstm(weights, torchNames(`${side}rnn.`, layer, 'forward'), {
          inputs: layer === 0 ? width : hidden,
          hidden
        })
      }
    ],
    separate: false,
    skip: false
  }))
  const table = weights.table(`${side}encoder.weight`, [characters, width])
  const outputs = weights.has(`${side}proj.weight`) ? (weights.shapeOf(`${side}proj.weight`)[0] ?? 0) : null
  const projection =
    outputs === null
      ? null
      : {
          weight: weights.linear(`${side}proj.weight`, hidden, outputs),
          bias: weights.vector(`${side}proj.bias`, outputs)
        }
  const weight = weights.linear(`${side}decoder.weight`, outputs ?? hidden, characters)
  const bias = weights.vector(`${side}decoder.bias`, characters)
  const stack = new LstmStack({
    layers,
    inputWidth: width,
    embed: ({ ids }) => tf.gather(table, tf.tensor1d(ids, 'int32')) as Tensor2D,
    head: { weight, bias },
    causal: true,
    holds: [table, weight, bias, ...(projection ? [projection.weight, projection.bias] : [])]
  })
  return { settings, stack, projection }
}

/** Words' vectors, states of all characters and scores of the next one, sentence by sentence. */
function valuesOf(network: FlairNetwork, sentences: readonly (readonly string[])[]): Map<string, ReferenceValue> {
  const values = new Map<string, ReferenceValue>()
  for (const model of network.models)
    sentences.forEach((words, i) => {
      const name = `sentence.${i}.${model.settings.isForward ? 'forward' : 'backward'}`
      const reading = readCharacters(words, model.settings)
      tf.tidy(() => {
        const state = network.characterStates(model, [reading]).at(-1)!
        const at = tf.tensor1d(Int32Array.from(reading.at), 'int32')
        const put = (key: string, tensor: Tensor2D): unknown =>
          values.set(key, { shape: tensor.shape, values: tensor.dataSync<'float32'>() })
        put(name, tf.gather(state, at))
        put(`${name}.characters`, state)
        put(`${name}.logits`, model.stack.score(state))
      })
    })
  return values
}

/** @throws UserError naming the first value that differs */
function requireSame(
  values: ReadonlyMap<string, ReferenceValue>,
  more: ReadonlyMap<string, ReferenceValue>,
  files: string
): void {
  for (const [name, { values: expected }] of values) {
    const compared = more.get(name)?.values
    if (!compared || compared.some((value, i) => !(Math.abs(value - expected[i]!) <= 1e-4)))
      throw new UserError(`${files} give another '${name}' than the first models of the folder.`)
  }
}
