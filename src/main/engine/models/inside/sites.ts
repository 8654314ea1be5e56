import { parseHookName, type HookName } from '@shared/hookNames'
import { siteWords } from '@shared/inside'
import type { ValueInfo } from '@shared/model'
import { addressOf, modelAddress } from '../address'

/** A value that several blocks have inside, and which of them (0-based) with how many columns. */
export interface InsideSite {
  site: string
  values: { name: HookName; block: number; columns: number }[]
}

/** What a router gives, in words. */
const routerTitles: Readonly<Record<string, string>> = {
  'mlp.router_weights': 'weights of the chosen experts',
  'mlp.router_probs': 'probabilities of all experts',
  'attn.router_weights': 'weights of the chosen experts of attention',
  'attn.router_probs': 'probabilities of all experts of attention'
}

/** What the values of a site are, in words. */
export function siteTitle(site: string): string {
  const { title, direction } = siteWords(site)
  return routerTitles[site] ?? `${direction ? `${direction} ` : ''}${title}s`
}

/**
 * Other ways to open a model: by each of its routers, gates and states. Of the twelve values of an LSTM the cells alone
 * are listed.
 */
export function insideReadings(address: string, values: readonly ValueInfo[]): { title: string; address: string }[] {
  const { path, reading } = modelAddress(address)
  return sitesInside({ values })
    .filter(({ site }) => !site.startsWith('lstm.') || site.endsWith('.c'))
    .map(({ site }) => ({
      title: `with the ${siteTitle(site)} as its layers`,
      address: addressOf(path, { ...reading, values: site })
    }))
}

/** The gates, states and routers inside a model's blocks, each router by what it gives to all experts too. */
export function sitesInside({ values }: { values: readonly ValueInfo[] }): InsideSite[] {
  const sites = new Map<string, InsideSite>()
  const add = (name: string, columns: number): void => {
    const parsed = parseHookName(name)
    if (!parsed || parsed.block === null) return
    const { site, block } = parsed
    const known = sites.get(site) ?? { site, values: [] }
    known.values.push({ name: name as HookName, block, columns })
    sites.set(site, known)
  }
  for (const { name, kind, shape } of values) {
    if (kind !== 'gate' && kind !== 'state' && kind !== 'router') continue
    add(name, Number(shape.at(-1)))
    if (kind === 'router') add(name.replace(/router_weights$/, 'router_probs'), Number(shape.at(-1)))
  }
  return [...sites.values()]
}
