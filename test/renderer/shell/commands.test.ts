import { describe, expect, it } from 'vitest'
import { matchCommands, type Command } from '@/shell/commands'
import { actionIds, actions } from '@/actions/registry'

const icon = {}
const command = (title: string, group = 'Run', hint = '', words = ''): Command => ({
  id: title,
  group,
  title,
  hint,
  words,
  icon,
  run: () => undefined
})
const commands = [
  command('Open model…'),
  command('Open data…'),
  command('Probe Dependency relation at every layer', 'Run', 'deprel'),
  command('Layer 1', 'Layer', 'blocks.0.resid_post'),
  command('Layer 10', 'Layer', 'blocks.9.resid_post'),
  command('NOUN', 'Label', 'Universal part of speech'),
  command('Unopened', 'Label')
]
const titles = (query: string, limit = 9) => matchCommands(commands, query, limit).map((found) => found.title)

describe('finding commands', () => {
  it('keeps the given order while nothing is typed', () => {
    expect(titles('', 2)).toEqual(['Open model…', 'Open data…'])
  })
  it('wants every word somewhere, beginnings of words first', () => {
    expect(titles('open')).toEqual(['Open model…', 'Open data…', 'Unopened'])
    expect(titles('open dat')).toEqual(['Open data…'])
    expect(titles('open zebra')).toEqual([])
  })
  it('finds by group and hint: a hook name, a label id', () => {
    expect(titles('blocks.9')).toEqual(['Layer 10'])
    expect(titles('deprel')).toEqual(['Probe Dependency relation at every layer'])
    expect(titles('layer 1')[0]).toBe('Layer 1')
  })
  it('forgives a slip of the pen, and words that say nothing', () => {
    expect(titles('modle')).toEqual(['Open model…'])
    expect(titles('which is the dependncy relation')).toEqual(['Probe Dependency relation at every layer'])
  })
})

describe('finding actions in a researcher’s words', () => {
  const all = actionIds.map((id) => command(actions[id].title, actions[id].view ?? 'Run', '', actions[id].words ?? ''))
  const first = (query: string): string | undefined => matchCommands(all, query, 1)[0]?.title
  it.each([
    ['previous token head', 'ablation.heads'],
    ['which heads look at the previous token', 'ablation.heads'],
    ['induction heads', 'ablation.heads'],
    ['causal tracing', 'ablation.pane:patching'],
    ['logit lens', 'ablation.pane:lens'],
    ['knock out heads', 'ablation.scan'],
    ['remove a concept', 'ablation.erase'],
    ['similarity of layers', 'compare.cka'],
    ['fine-tune', 'adapt.train'],
    ['figure as pdf', 'view.export'],
    ['share url', 'view.link'],
    ['lasso', 'projection.lasso'],
    ['BLiMP', 'pairs.run'],
    ['random weights baseline', 'probes.twin'],
    ['hugging face', 'model.hub']
  ] as const)('%s', (query, id) => {
    expect(first(query)).toBe(actions[id].title)
  })
})
