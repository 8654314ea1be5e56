import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/renderer/styles/theme.css', 'utf8')
const [, light = '', dark = ''] = css.split(/^:root.*\{$/m)

/** The tokens of a block that are plain colours. */
function colours(block: string): Record<string, string> {
  const body = block.slice(0, block.indexOf('\n}'))
  return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))
}

/** Relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light! + 0.05) / (dark! + 0.05)
}

const texts = ['text', 'text-muted', 'text-faint', 'accent', 'accent-strong', 'mark', 'ok', 'warn', 'error']
const grounds = ['bg', 'surface', 'surface-2', 'surface-3', 'accent-soft', 'mark-soft', 'warn-soft', 'error-soft']

describe.each([
  ['light', colours(light)],
  ['dark', { ...colours(light), ...colours(dark) }]
])('the %s theme', (_, tokens) => {
  it('is measured as WCAG measures: black on white is 21 : 1', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  it.each(texts)('writes %s legibly on every ground, 4.5 : 1 at least', (text) => {
    for (const ground of grounds)
      expect(contrast(tokens[text]!, tokens[ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  })

  it('writes legibly on the accent, and draws controls at 3 : 1', () => {
    expect(contrast(tokens['on-accent']!, tokens.accent!)).toBeGreaterThanOrEqual(4.5)
    for (const ground of ['bg', 'surface', 'surface-2', 'surface-3'])
      expect(contrast(tokens.control!, tokens[ground]!), `control on ${ground}`).toBeGreaterThanOrEqual(3)
  })
})
