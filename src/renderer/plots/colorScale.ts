import type { ThemeName } from '@/stores/themeStore'
import { oklchToRgb, rgbToHex, type Oklch } from './oklch'

/**
 * Ten named colours, chosen by search in OKLCH: every pair is at least 0.075 apart (OKLab distance) in normal vision
 * and under simulated protanopia and deuteranopia, 0.093 under tritanopia (Machado et al. 2009), and at least 2.8 : 1
 * against the surface of its theme. A colour has the same name and about the same hue in both themes.
 */
const named: Record<ThemeName, readonly string[]> = {
  light: ['#7c97e8', '#a16823', '#0b5e33', '#a71b00', '#6d21a3', '#1483ad', '#d03e95', '#d1866d', '#9e9100', '#72696c'],
  dark: ['#85a2ff', '#f3ba7d', '#398e5b', '#e44f32', '#a360de', '#76d2fe', '#c7689b', '#dd937a', '#f3e458', '#bfb6b9']
}
const slot = {
  blue: 0,
  ochre: 1,
  green: 2,
  red: 3,
  purple: 4,
  cyan: 5,
  pink: 6,
  salmon: 7,
  yellow: 8,
  grey: 9
} as const

/** Universal parts of speech keep their colour whatever the data set. */
const preferred: Record<string, number | undefined> = {
  NOUN: slot.blue,
  VERB: slot.red,
  ADJ: slot.green,
  ADV: slot.ochre,
  PROPN: slot.cyan,
  PRON: slot.purple,
  ADP: slot.pink,
  AUX: slot.salmon,
  DET: slot.yellow,
  PUNCT: slot.grey
}

/** Classes that say "nothing in particular": punctuation, and words outside of any entity. They recede as well. */
const quiet = /^(?:punct|punctuation|O|_|none)$/i

/** For a word without a label. */
const unlabelled: Record<ThemeName, string> = { light: '#b4b4ad', dark: '#555a66' }

export interface ClassScale {
  classes: readonly string[]
  /** The colour of a class; a quiet grey for null and for names that are not in the list. */
  color(name: string | null | undefined): string
}

/**
 * Colours for a closed list of classes (the `classes` of a label layer: most frequent first). A class keeps its colour
 * as long as the list is the same, whatever is shown of it. Ten colours can be distinguished by everyone; later classes
 * get generated ones in rings of lightness.
 */
export function classScale(classes: readonly string[], theme: ThemeName): ClassScale {
  const slots = new Map<string, number>()
  const taken = new Set<number>()
  for (const name of classes) {
    const wanted = quiet.test(name) ? slot.grey : preferred[name]
    if (wanted === undefined || taken.has(wanted)) continue
    slots.set(name, wanted)
    taken.add(wanted)
  }
  let next = 0
  for (const name of classes) {
    if (slots.has(name)) continue
    // Grey reads as "nothing in particular": no class gets it by its rank.
    while (taken.has(next) || next === slot.grey) next++
    slots.set(name, next)
    taken.add(next)
  }
  return {
    classes,
    color(name) {
      const place = name === null || name === undefined ? undefined : slots.get(name)
      if (place === undefined) return unlabelled[theme]
      return named[theme][place] ?? generated(place - named[theme].length, theme)
    }
  }
}

/** Colour number `index` beyond the named ones: hues by the golden angle, lightness and chroma in three rings. */
function generated(index: number, theme: ThemeName): string {
  const rings: Record<ThemeName, readonly [number, number][]> = {
    light: [
      [0.52, 0.11],
      [0.66, 0.13],
      [0.42, 0.09]
    ],
    dark: [
      [0.74, 0.1],
      [0.62, 0.12],
      [0.86, 0.08]
    ]
  }
  const [lightness, chroma] = rings[theme][index % 3]!
  return rgbToHex(oklchToRgb({ lightness, chroma, hue: (20 + index * 137.508) % 360 }))
}

const sequentialStops: Record<ThemeName, readonly Oklch[]> = {
  light: [
    { lightness: 1, chroma: 0, hue: 264 },
    { lightness: 0.9, chroma: 0.045, hue: 264 },
    { lightness: 0.6, chroma: 0.16, hue: 264 },
    { lightness: 0.36, chroma: 0.14, hue: 264 }
  ],
  dark: [
    { lightness: 0.228, chroma: 0.008, hue: 264 },
    { lightness: 0.36, chroma: 0.08, hue: 264 },
    { lightness: 0.66, chroma: 0.16, hue: 264 },
    { lightness: 0.94, chroma: 0.05, hue: 264 }
  ]
}

const divergingStops: Record<ThemeName, readonly Oklch[]> = {
  light: [
    { lightness: 0.5, chroma: 0.15, hue: 45 },
    { lightness: 0.8, chroma: 0.08, hue: 55 },
    { lightness: 0.97, chroma: 0.003, hue: 160 },
    { lightness: 0.77, chroma: 0.08, hue: 264 },
    { lightness: 0.45, chroma: 0.16, hue: 264 }
  ],
  dark: [
    { lightness: 0.78, chroma: 0.14, hue: 60 },
    { lightness: 0.52, chroma: 0.11, hue: 50 },
    { lightness: 0.28, chroma: 0.006, hue: 264 },
    { lightness: 0.52, chroma: 0.13, hue: 264 },
    { lightness: 0.8, chroma: 0.11, hue: 264 }
  ]
}

/**
 * 256 opaque RGBA entries from weight 0 (the surface) to weight 1, one hue throughout: write pixels of an attention map
 * with it.
 */
export function sequentialTable(theme: ThemeName): Uint8ClampedArray<ArrayBuffer> {
  return cached(`sequential ${theme}`, sequentialStops[theme])
}

/** CSS colour of a weight from 0 to 1. */
export function sequentialColor(theme: ThemeName): (weight: number) => string {
  return reader(sequentialTable(theme), (weight) => weight)
}

/** 256 opaque RGBA entries from -1 (warm) over 0 (neutral) to 1 (blue). */
export function divergingTable(theme: ThemeName): Uint8ClampedArray<ArrayBuffer> {
  return cached(`diverging ${theme}`, divergingStops[theme])
}

/** CSS colour of a value from -1 to 1. */
export function divergingColor(theme: ThemeName): (value: number) => string {
  return reader(divergingTable(theme), (value) => (value + 1) / 2)
}

/** Black or white, whichever reads better on `[red, green, blue]` (0 to 255). */
export function inkOn([red, green, blue]: readonly [number, number, number]): '#000000' | '#ffffff' {
  const linear = (channel: number): number =>
    channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  // Where contrast with black equals contrast with white (WCAG 2.2, relative luminance).
  return luminance > 0.179 ? '#000000' : '#ffffff'
}

/** The same on a colour of these scales, 'rgb(red, green, blue)'. */
export function inkOnColor(color: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number)
  return inkOn([red, green, blue])
}

const tables = new Map<string, Uint8ClampedArray<ArrayBuffer>>()

function cached(key: string, stops: readonly Oklch[]): Uint8ClampedArray<ArrayBuffer> {
  let table = tables.get(key)
  if (!table) {
    table = new Uint8ClampedArray(256 * 4)
    for (let i = 0; i < 256; i++) table.set([...oklchToRgb(between(stops, i / 255)), 255], i * 4)
    tables.set(key, table)
  }
  return table
}

function between(stops: readonly Oklch[], t: number): Oklch {
  const at = t * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(at))
  const from = stops[index]!
  const to = stops[index + 1]!
  const part = at - index
  const mix = (a: number, b: number): number => a + (b - a) * part
  // A stop without chroma has no hue of its own.
  const hue = from.chroma < 0.01 ? to.hue : to.chroma < 0.01 ? from.hue : mix(from.hue, to.hue)
  return { lightness: mix(from.lightness, to.lightness), chroma: mix(from.chroma, to.chroma), hue }
}

function reader(table: Uint8ClampedArray, position: (value: number) => number): (value: number) => string {
  return (value) => {
    const index = Math.round(Math.min(1, Math.max(0, position(value))) * 255) * 4
    return `rgb(${table[index]}, ${table[index + 1]}, ${table[index + 2]})`
  }
}
