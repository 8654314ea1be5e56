import type { HookSite } from '@shared/hookNames'
import type { ValueInfo } from '@shared/model'
import { attentionValue } from '../values'
import { hasMap } from './blockSites'
import type { TransformerConfig } from './config'
import { gateColumns, stateColumns } from './mixers/config'

/** The values inside blocks that views show: attention maps, what routers choose, gates and states of recurrences. */
export function blockValues(config: TransformerConfig): ValueInfo[] {
  return config.blocks.flatMap(({ mixer: only, beside, feedForward }, block): ValueInfo[] => {
    const mixer = only ?? beside
    const value = (site: HookSite, kind: ValueInfo['kind'], columns: number): ValueInfo => ({
      name: `blocks.${block}.${site}`,
      kind,
      layer: block + 1,
      shape: ['tokens', columns]
    })
    return [
      ...(hasMap(config, block) ? [attentionValue(block, config.heads)] : []),
      ...(mixer && mixer !== 'none'
        ? [
            ...(gateColumns(mixer) ? [value('mixer.gate', 'gate', gateColumns(mixer))] : []),
            ...(mixer.kind === 'expertAttention'
              ? [value('attn.router_weights', 'router', mixer.routing.experts)]
              : []),
            ...(stateColumns(mixer) ? [value('mixer.state', 'state', stateColumns(mixer))] : [])
          ]
        : []),
      ...(feedForward && feedForward !== 'none' && feedForward.kind === 'mixture'
        ? [value('mlp.router_weights', 'router', feedForward.experts)]
        : [])
    ]
  })
}
