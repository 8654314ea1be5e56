import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { FinetuneEpoch, FinetuneStep } from '@shared/finetune'
import { openSafetensors } from '../../checkpoints/safetensors'
import { writeSafetensors, type TensorToWrite } from '../../checkpoints/writeSafetensors'
import { atomicWrite } from '../../files/atomicWrite'
import type { Optimiser } from '../optimisers'
import type { Parameters } from '../parameters'
import type { ProbesState } from './probesAlong'

/** How far a run has come. */
export interface RunState {
  stage: number
  /** Updates of this stage, and of the stages before. */
  step: number
  stepsBefore: number
  steps: FinetuneStep[]
  epochs: FinetuneEpoch[]
  /** The best epoch so far, where training ends early. */
  best: { epoch: number; score: number } | null
  /** Of labels that are probed along the training. */
  probes?: ProbesState
}

/** Values of parameters that a run keeps beside the present ones, by the parameter's name. */
export interface KeptValues {
  /** Of the best epoch, where training ends early. */
  best: Map<string, Float32Array>
  /** At the start of the stage, which weights are kept near. */
  start: Map<string, Float32Array>
  /** Diagonal of the Fisher information at the start of the stage. */
  fisher: Map<string, Float32Array>
}

export function keptValues(): KeptValues {
  return { best: new Map(), start: new Map(), fisher: new Map() }
}

interface StateFile {
  version: 1
  tensors: string
  updates: Record<string, number>
  state: RunState
}

/**
 * What a run needs to go on after its process was killed: values of trained parameters, the optimiser's memory and the
 * history, as of the end of an epoch. A state is complete or absent: its tensors are a file of their own, and the JSON
 * that names them is written last.
 */
export class SavedState {
  constructor(private readonly folder: string) {}

  write(
    state: RunState,
    parameters: Parameters,
    trained: readonly string[],
    optimiser: Optimiser,
    kept: KeptValues
  ): void {
    mkdirSync(this.folder, { recursive: true })
    const tensors: Record<string, TensorToWrite> = {}
    const put = (name: string, tensor: tf.Tensor): void => {
      tensors[name] = { shape: tensor.shape, data: tensor.dataSync<'float32'>() }
    }
    for (const name of trained) put(`value.${name}`, parameters.get(name))
    const updates: Record<string, number> = {}
    for (const [name, memory] of optimiser.state()) {
      updates[name] = memory.updates
      memory.averages.forEach((average, i) => put(`average.${i}.${name}`, average))
    }
    for (const [what, values] of Object.entries(kept))
      for (const [name, data] of values as ReadonlyMap<string, Float32Array>)
        tensors[`${what}.${name}`] = { shape: parameters.get(name).shape, data }
    const file = `state-${state.epochs.length}.safetensors`
    writeSafetensors(join(this.folder, file), tensors)
    const json: StateFile = { version: 1, tensors: file, updates, state }
    atomicWrite(this.path, JSON.stringify(json))
    for (const name of readdirSync(this.folder))
      if (name.endsWith('.safetensors') && name !== file) rmSync(join(this.folder, name), { force: true })
  }

  /**
   * Puts back what was saved.
   * @returns null where nothing usable is there, and nothing is changed then
   */
  read(parameters: Parameters, optimiser: Optimiser): { state: RunState; kept: KeptValues } | null {
    const json = this.json()
    if (!json) return null
    const stored = openSafetensors(join(this.folder, json.tensors))
    try {
      const kept = keptValues()
      const valued = stored.names().filter((name) => name.startsWith('value.'))
      if (!valued.every((name) => parameters.has(name.slice('value.'.length)))) return null
      const read = (name: string): tf.Tensor => tf.tensor(stored.read(name), stored.describe(name).shape)
      tf.tidy(() => {
        for (const name of valued) parameters.get(name.slice('value.'.length)).assign(read(name))
        for (const [name, updates] of Object.entries(json.updates)) {
          const averages = [0, 1].filter((i) => stored.has(`average.${i}.${name}`))
          optimiser.restore(name, { updates, averages: averages.map((i) => read(`average.${i}.${name}`)) })
        }
      })
      for (const [what, values] of Object.entries(kept) as [string, Map<string, Float32Array>][])
        for (const name of stored.names().filter((one) => one.startsWith(`${what}.`)))
          values.set(name.slice(what.length + 1), stored.read(name).slice() as Float32Array)
      return { state: json.state, kept }
    } finally {
      stored.close()
    }
  }

  forget(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private get path(): string {
    return join(this.folder, 'state.json')
  }

  private json(): StateFile | null {
    if (!existsSync(this.path)) return null
    try {
      const json = JSON.parse(readFileSync(this.path, 'utf8')) as StateFile
      return json.version === 1 && existsSync(join(this.folder, json.tensors)) ? json : null
    } catch {
      // Not written by this version: the run begins again.
      return null
    }
  }
}
