import { describe, expect, it } from 'vitest'
import { classScale, divergingTable, inkOn, sequentialColor, sequentialTable } from '@/plots/colorScale'
import { oklchToRgb, rgbToHex } from '@/plots/oklch'

type Triple = [number, number, number]
const themes = ['light', 'dark'] as const
const surface = { light: '#ffffff', dark: '#1a1c20' }

const decode = (channel: number): number => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
function linear(hex: string): Triple {
  return [1, 3, 5].map((at) => decode(parseInt(hex.slice(at, at + 2), 16) / 255)) as Triple
}
const times = (matrix: readonly (readonly number[])[], [r, g, b]: Triple): Triple =>
  matrix.map((row) => row[0]! * r + row[1]! * g + row[2]! * b) as Triple
function oklab(rgb: Triple): Triple {
  const clipped = rgb.map((channel) => Math.min(1, Math.max(0, channel))) as Triple
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005]
    ],
    clipped
  )
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766]
    ],
    lms.map(Math.cbrt) as Triple
  )
}
/** Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB. */
const vision: Record<string, readonly (readonly number[])[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1]
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]
  ]
}
const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}
function closest(colors: readonly string[], matrix: readonly (readonly number[])[]): number {
  const points = colors.map((color) => oklab(times(matrix, linear(color))))
  let least = Infinity
  points.forEach((a, i) =>
    points.slice(i + 1).forEach((b) => (least = Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]))))
  )
  return least
}

const ten = Array.from({ length: 9 }, (_, index) => `class ${index}`).concat('punct')

describe.each(themes)('colours of classes, %s', (theme) => {
  it.each(Object.entries(vision))('the first ten can be distinguished with %s', (name, matrix) => {
    const scale = classScale(ten, theme)
    // As stated in colorScale.ts.
    expect(
      closest(
        ten.map((label) => scale.color(label)),
        matrix
      )
    ).toBeGreaterThan(name === 'tritanopia' ? 0.093 : 0.075)
  })

  it('stand out from the surface', () => {
    const scale = classScale(ten, theme)
    for (const label of ten) expect(contrast(scale.color(label), surface[theme])).toBeGreaterThan(2.7)
  })

  it('fifty classes have fifty colours, and each of them is visible', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `c${index}`)
    const colors = fifty.map(classScale(fifty, theme).color)
    expect(new Set(colors).size).toBe(50)
    for (const color of colors) expect(contrast(color, surface[theme])).toBeGreaterThan(2.3)
  })
})

describe('which class gets which colour', () => {
  it('parts of speech keep theirs in every data set, punctuation and "outside" are grey', () => {
    const one = classScale(['NOUN', 'PUNCT', 'VERB', 'ADJ'], 'light')
    const other = classScale(['VERB', 'X', 'NOUN', 'SYM', 'ADJ'], 'light')
    for (const tag of ['NOUN', 'VERB', 'ADJ']) expect(one.color(tag)).toBe(other.color(tag))
    expect(classScale(['O', 'B-person'], 'light').color('O')).toBe(one.color('PUNCT'))
  })
  it('what is not in the list looks unlabelled', () => {
    const scale = classScale(['a', 'b'], 'dark')
    expect(scale.color('z')).toBe(scale.color(null))
    expect([scale.color('a'), scale.color('b')]).not.toContain(scale.color(null))
  })
})

describe('scales of quantity', () => {
  it.each(themes)('attention runs from the surface to strong, one way, %s', (theme) => {
    const table = sequentialTable(theme)
    const lightness = Array.from(
      { length: 256 },
      (_, i) => oklab(linear(rgbToHex([table[i * 4]!, table[i * 4 + 1]!, table[i * 4 + 2]!])))[0]
    )
    const direction = theme === 'light' ? -1 : 1
    for (let i = 1; i < 256; i++) expect((lightness[i]! - lightness[i - 1]!) * direction).toBeGreaterThan(-0.004)
    expect(Math.abs(lightness[255]! - lightness[0]!)).toBeGreaterThan(0.6)
    expect(contrast(rgbToHex([table[0]!, table[1]!, table[2]!]), surface[theme])).toBeLessThan(1.1)
  })
  it('stay in range', () => {
    const color = sequentialColor('light')
    expect([color(-1), color(7)]).toEqual([color(0), color(1)])
    expect(divergingTable('dark')).toHaveLength(1024)
  })
})

it('OKLCH gives the colours of its definition', () => {
  // White, black and sRGB red (L 0.628, C 0.2577, h 29.23), after Ottosson's own figures.
  expect(oklchToRgb({ lightness: 1, chroma: 0, hue: 0 })).toEqual([255, 255, 255])
  expect(oklchToRgb({ lightness: 0, chroma: 0, hue: 0 })).toEqual([0, 0, 0])
  const [r, g, b] = oklchToRgb({ lightness: 0.62796, chroma: 0.2577, hue: 29.234 })
  expect([r > 252, g < 6, b < 6]).toEqual([true, true, true])
})

it('ink is legible on its background', () => {
  expect([inkOn([255, 255, 255]), inkOn([20, 30, 90]), inkOn([240, 200, 40])]).toEqual([
    '#000000',
    '#ffffff',
    '#000000'
  ])
})
