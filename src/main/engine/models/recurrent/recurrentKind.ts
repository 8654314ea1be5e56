import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { twinSeed, type ModelInfo } from '@shared/model'
import { elementsOf } from '../../checkpoints/checkpoint'
import { modelAddress } from '../address'
import { checkpointFolder } from '../checkpointFolder'
import { checkpointId, checkpointStamp, idsBySeed, requireUnchanged, twinId } from '../identity'
import { insideReadings } from '../inside/sites'
import type { FoundModel, LoadOptions, ModelKind } from '../kind'
import { licenceOf } from '../licence'
import { readLineage } from '../lineage'
import type { MemoryPlan } from '../memory/memoryPlan'
import { hasReference } from '../parityFiles'
import { attentionValue, logitValues, statesOfWidths } from '../values'
import { RecurrentModel } from './recurrentModel'
import type { LoadedNetwork, OpenedSystem, RecurrentSystem } from './system'
import { recurrentSystems } from './systems'
import { twinCheckpoint, twinVersion } from './twin'

/** The recurrent systems of the literature, in the files that their authors released. */
export const recurrentKind: ModelKind = {
  id: 'recurrent',

  async recognise(path) {
    for (const system of recurrentSystems) {
      const opened = await system.recognise(path)
      if (opened) return new FoundRecurrent(system, opened)
    }
    return null
  },

  files: ({ path, files }) => {
    const folder = checkpointFolder(modelAddress(path).path)
    return files.map((name) => join(folder, name)).filter((file) => existsSync(file))
  }
}

class FoundRecurrent implements FoundModel {
  readonly path: string
  readonly name: string
  readonly tensors: FoundModel['tensors']
  readonly identify = idsBySeed((untrained) => this.idOf(untrained))
  private readonly stamp: string

  constructor(
    private readonly system: RecurrentSystem,
    private readonly opened: OpenedSystem
  ) {
    this.path = opened.path
    this.name = opened.name
    this.tensors = { stored: opened.checkpoint, canonical: (name) => name }
    this.stamp = checkpointStamp(opened)
  }

  plan(): MemoryPlan {
    return this.opened.plan
  }

  private idOf(untrained: number | null): Promise<string> {
    // Two systems may read the same bytes in two ways.
    const sources = { ...this.opened, adapted: [`system ${this.system.type}`], computed: [] }
    return untrained === null
      ? checkpointId(sources)
      : twinId(sources, { version: twinVersion, seed: untrained, stored: [] })
  }

  async load({ bundled, untrained, job }: LoadOptions): Promise<RecurrentModel> {
    const { opened, system } = this
    const id = await this.identify(untrained)
    const checkpoint =
      untrained === null ? opened.checkpoint : twinCheckpoint(opened.checkpoint, opened.draw.bind(opened), untrained)
    const loaded = await opened.load(checkpoint, job)
    try {
      requireUnchanged(opened, this.stamp, { name: this.name, folder: opened.folder })
      const info = this.infoOf(loaded, { id, untrained, bundled: bundled && untrained === null })
      const twin = untrained === null ? { twin: await this.identify(twinSeed) } : {}
      return new RecurrentModel({ ...info, ...twin }, system, loaded)
    } catch (error) {
      loaded.network.dispose()
      throw error
    }
  }

  private infoOf(
    { network, tokenizer, noTokenizer, notes, unread }: LoadedNetwork,
    { id, untrained, bundled }: Pick<ModelInfo, 'id' | 'untrained' | 'bundled'>
  ): ModelInfo {
    const { opened, system } = this
    const { plan } = opened
    const { checkpoint } = opened
    const layers = network.widths.length - 1
    const { lineage, note } = readLineage(opened.folder)
    const readings = insideReadings(opened.path, network.inside)
    const unused = new Set(unread)
    const used = checkpoint.names().filter((name) => !unused.has(name))
    return {
      id,
      kind: 'recurrent',
      untrained,
      family: system.type,
      familyTitle: system.title,
      name: untrained === null ? this.name : `${this.name} (untrained, seed ${untrained})`,
      path: opened.path,
      ...(readings.length && { readings }),
      bundled,
      layers,
      heads: network.heads ?? 0,
      width: Math.max(...network.widths),
      vocabulary: network.vocabulary ?? 0,
      maxTokens: tokenizer?.maxTokens ?? Number.MAX_SAFE_INTEGER,
      spelling: tokenizer?.spelling ?? 'plain',
      values: [
        ...statesOfWidths(network.widths),
        ...(network.heads ? Array.from({ length: layers }, (_, i) => attentionValue(i, network.heads!)) : []),
        ...network.inside,
        ...(network.vocabulary === null ? [] : logitValues(layers, network.vocabulary))
      ],
      parameters: used.reduce((sum, name) => sum + elementsOf(checkpoint.describe(name).shape), 0),
      dtype: checkpoint.describe(checkpoint.names()[0]!).dtype,
      bytes: checkpoint.bytes,
      files: [...checkpoint.files, ...opened.settings].map((file) => basename(file)),
      memory: { held: plan.held, peak: plan.peak },
      reference: untrained === null && hasReference(opened.folder) ? 'beside' : 'none',
      licence: licenceOf(opened.folder),
      head: network.vocabulary !== null,
      masked: false,
      ...(untrained === null && lineage && { lineage }),
      notes: [
        ...notes,
        ...(note === undefined ? [] : [note]),
        ...(tokenizer ? [] : [`The model is loaded, but it cannot read text. ${noTokenizer}`])
      ]
    }
  }

  close(): void {
    this.opened.checkpoint.close()
  }
}
