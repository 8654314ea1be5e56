import { addressOf, modelAddress } from '../address'
import { derivedId } from '../identity'
import type { FoundModel, LoadOptions } from '../kind'
import type { MemoryPlan } from '../memory/memoryPlan'
import type { LoadedModel } from '../model'
import { InsideModel } from './insideModel'

/** A model on the disk that is to be read by a value inside its blocks. */
export class FoundInside implements FoundModel {
  readonly path: string
  readonly name: string
  readonly tensors: FoundModel['tensors']

  constructor(
    private readonly found: FoundModel,
    private readonly site: string
  ) {
    const { path, reading } = modelAddress(found.path)
    this.path = addressOf(path, { ...reading, values: site })
    this.name = found.name
    this.tensors = found.tensors
  }

  plan(untrained: number | null): MemoryPlan | null {
    return this.found.plan(untrained)
  }

  async identify(untrained: number | null): Promise<string> {
    return this.derived(await this.found.identify(untrained))
  }

  private derived(id: string): string {
    return derivedId(id, `values ${this.site}`)
  }

  async load(options: LoadOptions): Promise<LoadedModel> {
    const model = await this.found.load(options)
    const { id, twin } = model.info
    try {
      return new InsideModel(model, this.site, this.derived(id), twin === undefined ? undefined : this.derived(twin))
    } catch (error) {
      model.dispose()
      throw error
    }
  }

  close(): void {
    this.found.close()
  }
}
