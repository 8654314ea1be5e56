import type { AdaptedChanges, ChangedNeuron } from '@shared/adaptedChanges'
import type { PartLimit } from '@shared/drawing'
import type { HookName } from '@shared/hookNames'
import { mapDivergence } from '@shared/jensenShannon'
import type { JobHandle } from '@shared/jobs'
import type { Computed } from '@shared/results'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import { UnitChanges } from '../compare/unitChanges'
import type { DatasetStore } from '../datasets/datasetStore'
import { blockSites } from '../models/transformer/blockSites'
import { configOfBlock } from '../models/transformer/config'
import { Hooks, type Hook } from '../models/transformer/hooks'
import { needTransformer, type TransformerModel } from '../models/transformer/transformerModel'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'

export interface AdaptedRequest extends PartLimit {
  /** The base, and what came of it. */
  modelA: string
  modelB: string
  datasetId: string
}

/** Neurons that are listed. */
const listed = 60

/** What a pass leaves: maps of every block, [sequences, heads, tokens, tokens], and values of its MLP's neurons. */
interface Pass {
  maps: (Float32Array | null)[]
  neurons: (Float32Array | null)[]
}

/** What training did to heads and neurons: two models of one shape over the same tokens. */
export class AdaptedService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly inputs: AblationInputs
  ) {}

  /** @throws UserError for models that have different shapes, whose heads and neurons do not correspond */
  changes(request: AdaptedRequest, job: JobHandle): Promise<Computed<'adapted'>> {
    return this.models.use(request.modelA, (base) =>
      this.models.use(request.modelB, (adapted) =>
        this.compare(needTransformer(base), needTransformer(adapted), request, job)
      )
    )
  }

  private async compare(
    base: TransformerModel,
    adapted: TransformerModel,
    { datasetId, ...limit }: AdaptedRequest,
    job: JobHandle
  ): Promise<AdaptedChanges> {
    requireSameShape(base, adapted)
    const { layers, heads } = base.config
    const { windows, words } = await this.inputs.windows(base, { datasetId, ...limit })
    const divergence = new Float64Array(layers * heads)
    const units = Array.from({ length: layers }, (_, block) =>
      blockSites(base.config, block).includes('mlp.post')
        ? new UnitChanges(configOfBlock(base.config, block).mlpWidth)
        : null
    )
    const batches = batchesOf(windows, tokenBudget())
    for (const [b, batch] of batches.entries()) {
      job.progress(b, batches.length, 'Running both models')
      await job.yield()
      const before = pass(base, batch)
      await job.yield()
      const after = pass(adapted, batch)
      addMaps(batch, before, after, heads, divergence)
      addNeurons(batch, before, after, units)
    }
    const tokens = windows.reduce((sum, { ids }) => sum + ids.length, 0)
    const { info } = base
    const { name } = this.datasets.info(datasetId)
    const neurons = units.flatMap((of, block): ChangedNeuron[] =>
      Array.from({ length: of?.units ?? 0 }, (_, neuron) => ({ layer: block + 1, neuron, ...of!.of(neuron) }))
    )
    const drawn = this.datasets.get(datasetId).drawn(limit)
    return {
      base: { id: info.id, name: info.name, layers },
      adapted: { id: adapted.info.id, name: adapted.info.name },
      dataset: { id: datasetId, name, split: limit.split },
      sentences: new Set(windows.map(({ sentence }) => sentence)).size,
      words,
      ...(drawn && { drawn }),
      tokens,
      heads: tensorData(
        [layers, heads],
        Float32Array.from(divergence, (sum) => sum / windows.length)
      ),
      layerNeurons: units.map((of, block) => {
        const mine = neurons.filter(({ layer }) => layer === block + 1)
        return of ? mine.reduce((sum, { change }) => sum + change, 0) / mine.length : null
      }),
      neurons: neurons.sort((a, b) => b.change - a.change).slice(0, listed),
      neuronCount: units.reduce((sum, of) => sum + (of?.units ?? 0), 0)
    }
  }
}

function requireSameShape(base: TransformerModel, adapted: TransformerModel): void {
  const shapeOf = ({ config, info }: TransformerModel): string =>
    JSON.stringify([config.layers, config.heads, config.width, config.mlpWidth, info.vocabulary, config.causal])
  if (shapeOf(base) !== shapeOf(adapted))
    throw new UserError(
      `${base.info.name} and ${adapted.info.name} have different shapes, so their heads and neurons do not ` +
        'correspond. Compare a model with what was trained from it.'
    )
}

function pass(model: TransformerModel, batch: readonly Window[]): Pass {
  const { layers } = model.config
  const neurons = new Array<Float32Array | null>(layers).fill(null)
  const hooks = neurons.flatMap((_, block): [HookName, Hook][] =>
    blockSites(model.config, block).includes('mlp.post')
      ? [
          [
            `blocks.${block}.mlp.post`,
            (value) => {
              neurons[block] = value.dataSync<'float32'>().slice()
              return value
            }
          ]
        ]
      : []
  )
  const wanted = { hiddenStates: false, attentions: true }
  const { attentions } = model.run(joinWindows([...batch]), wanted, { hooks: new Hooks(hooks) })
  const maps = attentions.map((map) => map?.dataSync<'float32'>() ?? null)
  attentions.forEach((map) => map?.dispose())
  return { maps, neurons }
}

/** Adds the mean divergence of each head's rows in each sequence; rows and columns beyond its end are left out. */
function addMaps(batch: readonly Window[], before: Pass, after: Pass, heads: number, sums: Float64Array): void {
  const longest = Math.max(...batch.map(({ ids }) => ids.length))
  const cells = longest * longest
  before.maps.forEach((map, block) => {
    const now = after.maps[block]
    if (!map || !now) return
    batch.forEach(({ ids }, sequence) => {
      for (let head = 0; head < heads; head++) {
        const from = (sequence * heads + head) * cells
        sums[block * heads + head]! += mapDivergence(map, now, longest, { rows: ids.length, from })
      }
    })
  })
}

function addNeurons(batch: readonly Window[], before: Pass, after: Pass, units: readonly (UnitChanges | null)[]): void {
  units.forEach((of, block) => {
    const [first, second] = [before.neurons[block], after.neurons[block]]
    if (!of || !first || !second) return
    let row = 0
    for (const { ids, wordOfToken } of batch)
      for (let token = 0; token < ids.length; token++, row++)
        if (wordOfToken[token]! >= 0) of.add(first, second, row * of.units)
  })
}
