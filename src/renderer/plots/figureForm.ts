import type { ThemeName } from '@/stores/themeStore'

/** The number that the first layer and the first head of a model have in a figure. */
export type FirstNumber = 0 | 1

/** What a figure is drawn for: its place in the window, or a page. All drawings have lengths in pixels, 11 px text. */
export interface FigureForm {
  width: number
  /** Room for drawings whose height does not follow from what they show. */
  height: number
  theme: ThemeName
  /** On a page nothing is chosen, and all of it has to fit its width. */
  paper: boolean
  /** Whether colours and lines are explained beside the plot. */
  legend: boolean
  firstNumber: FirstNumber
}

/** Draws what a view shows for another place; null while it shows nothing. */
export type FigureSource = (form: FigureForm) => SVGSVGElement | null

/** How figures are printed: what the proof sets. */
export interface PaperChoice {
  /** Width in inches. */
  inches: number
  legend: boolean
  firstNumber: FirstNumber
}

/** Size of most text on a page, in points. */
export const paperText = 7
/** Pixels of a drawing that make an inch of a page: its 11 px text is 7 points. */
export const pixelsPerInch = (11 / paperText) * 72

/** What drawings know of their form; in the window unless it is given. */
export type DrawnForm = Pick<FigureForm, 'paper' | 'legend' | 'firstNumber'>
export const windowForm: DrawnForm = { paper: false, legend: true, firstNumber: 1 }

export function paperForm({ inches, legend, firstNumber }: PaperChoice): FigureForm {
  const width = inches * pixelsPerInch
  return { width, height: Math.round(width * 0.62), theme: 'light', paper: true, legend, firstNumber }
}

/** A block of the model by its number from 1, as heads are numbered too. */
export function numberFrom(first: FirstNumber, number: number): string {
  return String(number - 1 + first)
}

/**
 * A hidden state by its place: 0 is the embedding output, n the output of the n-th block. Where blocks are numbered
 * from 0, the embedding output has a letter.
 */
export function stateName(first: FirstNumber, layer: number): string {
  return first === 1 ? String(layer) : layer === 0 ? 'E' : String(layer - 1)
}

/** Words that name layers and heads from 1, with their numbers from `first`. */
export function renumbered(text: string, first: FirstNumber): string {
  if (first === 1) return text
  const one = (kind: string, number: string): string =>
    kind.toLowerCase().startsWith('head') ? numberFrom(first, Number(number)) : stateName(first, Number(number))
  return text.replace(
    /\b(layers?|heads?) (\d+)(?:( to | and |–)(\d+))?(?![\d.,]*\d| (?:layers|heads)\b)/gi,
    (_all, kind: string, from: string, between?: string, to?: string) =>
      `${kind} ${one(kind, from)}${between === undefined ? '' : `${between}${one(kind, to!)}`}`
  )
}

/** Title of an axis of hidden states. */
export function stateAxisTitle(first: FirstNumber): string {
  return `layer (${stateName(first, 0)} is the embedding output)`
}
