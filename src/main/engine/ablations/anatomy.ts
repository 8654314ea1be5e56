import { parseHookName, type HookSite } from '@shared/hookNames'
import type { LoadedModel } from '../models/model'
import type { TransformerConfig } from '../models/transformer/config'
import { needTransformer, refuseInside } from '../models/transformer/transformerModel'

/** A recurrent network as far as interventions reach into it: its hidden states, and what its layers have inside. */
export interface RecurrentAnatomy {
  recurrent: true
  layers: number
  /** Attention heads of a layer, and the numbers of a head's output; 0 in a network that does not attend. */
  heads: number
  headWidth: number
  /** Columns of every value that can be changed. */
  columns: ReadonlyMap<string, number>
}

/** What interventions are checked against: a transformer's config, or the values of a recurrent network. */
export type Anatomy = TransformerConfig | RecurrentAnatomy

export function isRecurrent(anatomy: Anatomy): anatomy is RecurrentAnatomy {
  return 'recurrent' in anatomy
}

/** @throws UserError for a model into which no intervention reaches */
export function anatomyOf(model: LoadedModel): Anatomy {
  refuseInside(model)
  if (model.info.kind !== 'recurrent') return needTransformer(model).config
  const { layers, width, values } = model.info
  const { heads, headWidth = 0 } = model.shape
  const changed = values.filter(({ kind }) => kind === 'hidden' || kind === 'gate')
  const parts = Array.from({ length: heads > 0 ? layers : 0 }, (_, block): [string, number][] => [
    [`blocks.${block}.attn.result`, heads * headWidth],
    [`blocks.${block}.attn.out`, width],
    [`blocks.${block}.mlp.out`, width]
  ])
  return {
    recurrent: true,
    layers,
    heads,
    headWidth,
    columns: new Map([
      ...parts.flat(),
      ...changed.map(({ name, shape }): [string, number] => [name, Number(shape.at(-1))])
    ])
  }
}

/** Sites of a block (0-based) of a recurrent network, in its order. */
export function recurrentSites({ columns }: RecurrentAnatomy, block: number): HookSite[] {
  return [...columns.keys()].flatMap((name) => {
    const parsed = parseHookName(name)
    return parsed?.block === block ? [parsed.site as HookSite] : []
  })
}
