import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProbeResult, ProbeSummary } from '@shared/probe'
import { defaultMethod, methodTitle } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { openSafetensors } from '../checkpoints/safetensors'
import { writeSafetensors, type TensorToWrite } from '../checkpoints/writeSafetensors'
import { weightsName } from '../probes/keptNetworks'

/** What a run leaves besides its result; shapes in probeService.ts. */
export type ProbeTensors = Record<string, TensorToWrite>

/** Every finished run, kept on disk: `<folder>/<id>/result.json` and `tensors.safetensors`. */
export class ProbeLibrary {
  constructor(private readonly folder: string) {}

  /** Complete or not at all: the folder gets its name last. */
  save(result: ProbeResult, tensors: ProbeTensors): void {
    const folder = this.path(result.id)
    const unfinished = `${folder}.new`
    mkdirSync(unfinished, { recursive: true })
    writeSafetensors(join(unfinished, 'tensors.safetensors'), tensors)
    writeFileSync(join(unfinished, 'result.json'), JSON.stringify(result, null, 1))
    renameSync(unfinished, folder)
  }

  /** Newest first. Folders that cannot be read are left out: they are not ours, or were damaged from outside. */
  list(): ProbeSummary[] {
    if (!existsSync(this.folder)) return []
    return readdirSync(this.folder)
      .filter((name) => !name.endsWith('.new'))
      .flatMap((name) => {
        try {
          return [summary(this.result(name))]
        } catch {
          return []
        }
      })
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  result(id: string): ProbeResult {
    return withMethod(JSON.parse(readFileSync(join(this.need(id), 'result.json'), 'utf8')) as ProbeResult | EarlierResult)
  }

  /** The layers of the run's networks, the first one first; none where its probes are no networks. */
  network(id: string): { shape: number[]; data: Float32Array }[] {
    const file = openSafetensors(join(this.need(id), 'tensors.safetensors'))
    try {
      const names: string[] = []
      while (file.has(weightsName(names.length))) names.push(weightsName(names.length))
      return names.map((name) => ({ shape: file.describe(name).shape, data: file.read(name) }))
    } finally {
      file.close()
    }
  }

  /** One stored tensor as float32 with its shape; class ids are exact in it. */
  tensor(id: string, name: string): { shape: number[]; data: Float32Array } {
    const file = openSafetensors(join(this.need(id), 'tensors.safetensors'))
    try {
      return { shape: file.describe(name).shape, data: file.read(name) }
    } finally {
      file.close()
    }
  }

  /** The same, or null where the run has none of the name: runs of earlier versions kept less. */
  tensorIfKept(id: string, name: string): { shape: number[]; data: Float32Array } | null {
    const file = openSafetensors(join(this.need(id), 'tensors.safetensors'))
    try {
      return file.has(name) ? { shape: file.describe(name).shape, data: file.read(name) } : null
    } finally {
      file.close()
    }
  }

  delete(id: string): void {
    rmSync(this.need(id), { recursive: true })
  }

  private need(id: string): string {
    const folder = this.path(id)
    if (!existsSync(join(folder, 'result.json'))) throw new UserError('This probing run is not kept any more; run it again.')
    return folder
  }

  /** Ids are ours, hexadecimal and dashes: nothing else names a folder. */
  private path(id: string): string {
    if (!/^[0-9a-z-]{1,64}$/.test(id)) throw new UserError('This is not the id of a probing run.')
    return join(this.folder, id)
  }
}

/** A run from before there was a choice of probes: they were linear. */
type EarlierResult = Omit<ProbeResult, 'options'> & { options: Omit<ProbeResult['options'], 'probe'> & { probe?: undefined; inverseRegularisation: number } }

function withMethod(result: ProbeResult | EarlierResult): ProbeResult {
  const { options } = result
  if (options.probe) return result as ProbeResult
  const { inverseRegularisation, ...others } = options
  return { ...result, options: { ...others, probe: { ...defaultMethod('linear'), inverseRegularisation }, codelength: false, restarts: 1 } }
}

function summary(result: ProbeResult): ProbeSummary {
  const best = result.layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  return {
    id: result.id,
    createdAt: result.createdAt,
    modelId: result.model.id,
    modelName: result.model.name,
    datasetId: result.dataset.id,
    datasetName: result.dataset.name,
    trainSplit: result.dataset.trainSplit,
    testSplit: result.dataset.testSplit,
    task: { id: result.task.id, title: result.task.title },
    pool: result.pool,
    trainWords: result.trainWords,
    testWords: result.testWords,
    best: { layer: best.layer, accuracy: best.accuracy },
    control: result.layers.some((layer) => layer.control !== undefined),
    probe: result.options.probe.kind,
    probeTitle: methodTitle(result.options.probe),
    seconds: result.seconds.total,
    backend: result.backend
  }
}
