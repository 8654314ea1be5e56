import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { isUserError, UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { openWeights } from '../../../checkpoints/weightsFile'
import { planTensors } from '../../memory/memoryPlan'
import type { ReferenceValue } from '../../namedParity'
import { readConfig } from '../../readConfig'
import { NamedWeights } from '../namedWeights'
import { numberRows } from '../references'
import type { LoadedNetwork, RecurrentSystem } from '../system'
import { folderOf } from '../torchFiles'
import { readTransfoXlConfig, type TransfoXlConfig } from './transfoXlConfig'
import { TransfoXlNetwork, type Memory, type Segment } from './transfoXlNetwork'
import { openVocabulary, vocabularyFile } from './transfoXlVocabulary'
import { loadTransfoXl } from './transfoXlWeights'

/** Transformer-XL (Dai et al. 2019), as Hugging Face distributed it (transfo-xl-wt103). */
export const transfoXl: RecurrentSystem = {
  type: 'transfo-xl',
  title: 'Transformer-XL',
  openVocabulary: false,

  recognise(path) {
    const folder = folderOf(path)
    const json = configOf(path, folder)
    if (!json) return Promise.resolve(null)
    const config = readTransfoXlConfig(json)
    const checkpoint = openWeights(folder, path)
    const vocabulary = vocabularyFile(folder)
    return Promise.resolve({
      path: folder,
      name: basename(folder),
      folder,
      checkpoint,
      settings: [join(folder, 'config.json'), ...(vocabulary === null ? [] : [vocabulary])],
      plan: planTensors(checkpoint),
      draw: (name: string) =>
        /bias$/.test(name) && !/r_[rw]_bias$/.test(name)
          ? { constant: 0 }
          : /layer_norm\.weight$/.test(name)
            ? { constant: 1 }
            : { uniform: 0.02 * Math.sqrt(3) },
      load: (stored: Checkpoint) => Promise.resolve(load(stored, config, vocabulary))
    })
  },

  reference(_model, network, inputs) {
    const values = new Map<string, ReferenceValue>()
    tf.tidy(() => fill(values, network as TransfoXlNetwork, inputs))
    return values
  }
}

/** The folder's config where it is a Transformer-XL's; other folders are left to other kinds. */
function configOf(path: string, folder: string): Record<string, unknown> | null {
  const isPart = statSync(path).isDirectory() || /\.(json|bin|safetensors|pkl)$/i.test(path)
  if (!isPart || !existsSync(join(folder, 'config.json'))) return null
  try {
    const json = readConfig(folder)
    return json.model_type === 'transfo-xl' ? json : null
  } catch (error) {
    if (isUserError(error)) return null
    throw error
  }
}

function load(checkpoint: Checkpoint, config: TransfoXlConfig, vocabulary: string | null): LoadedNetwork {
  const kernels = activeKernels()
  const weights = new NamedWeights(checkpoint, kernels, basename(checkpoint.path))
  const network = new TransfoXlNetwork(config, loadTransfoXl(weights, kernels, config))
  const notes = ['Sentences are read without memory, as its authors begin; transformers begins with rows of zeros.']
  const shared = { network, notes, unread: weights.unread() }
  if (vocabulary === null)
    return {
      ...shared,
      tokenizer: null,
      noTokenizer: 'Its vocabulary (vocab.pkl, vocab.bin or vocab.txt) is not in the folder.'
    }
  try {
    return { ...shared, tokenizer: openVocabulary(vocabulary), noTokenizer: '' }
  } catch (error) {
    if (!isUserError(error)) throw error
    return { ...shared, tokenizer: null, noTokenizer: error.message }
  }
}

/** Segments after transformers' memory of zeros, without memory, and one after another. */
function fill(
  values: Map<string, ReferenceValue>,
  network: TransfoXlNetwork,
  inputs: Readonly<Record<string, unknown>>
): void {
  const segments = segmentsOf(inputs)
  const zeros = network.emptyMemory(segments[0]!.length)
  let memory: Memory = zeros
  segments.forEach((ids, number) => {
    const prefix = number === 0 ? '' : `segment${number}.`
    const segment = network.segment(ids, memory)
    memory = network.remember(memory, segment)
    put(values, prefix, network, segment)
    memory.forEach((rows, l) => values.set(`${prefix}mems.${l}`, valueOf(tf.transpose(rows, [1, 0, 2]))))
    if (number === 1) put(values, 'segment1_alone.', network, network.segment(ids, zeros))
  })
  put(values, 'empty_memory.', network, network.segment(segments[0]!, null))
}

function segmentsOf(inputs: Readonly<Record<string, unknown>>): number[][][] {
  const { segments } = inputs
  if (segments === undefined) return [numberRows(inputs, 'input_ids')]
  if (!Array.isArray(segments)) throw new UserError("The reference's 'segments' are not a list.")
  return segments.map((rows: unknown) => numberRows({ rows }, 'rows'))
}

function put(
  values: Map<string, ReferenceValue>,
  prefix: string,
  network: TransfoXlNetwork,
  { states, attentions }: Segment
): void {
  states.forEach((state, layer) => values.set(`${prefix}hidden_states.${layer}`, valueOf(state)))
  attentions.forEach((map, l) => values.set(`${prefix}attentions.${l}`, valueOf(map)))
  const last = states.at(-1)!
  const [batch, tokens, width] = last.shape
  if (network.vocabulary === null) return
  const logits = network.score(tf.reshape(last, [batch * tokens, width]))
  values.set(`${prefix}logits`, { ...valueOf(logits), shape: [batch, tokens, network.vocabulary] })
}

function valueOf(tensor: Tensor): ReferenceValue {
  return { shape: tensor.shape, values: tensor.dataSync<'float32'>() }
}
