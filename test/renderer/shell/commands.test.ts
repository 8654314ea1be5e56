import { describe, expect, it } from 'vitest'
import { matchCommands, type Command } from '@/shell/commands'

const icon = {}
const command = (title: string, group = 'Run', hint = ''): Command => ({
  id: title,
  group,
  title,
  hint,
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
})
