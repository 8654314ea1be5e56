import { neighboursFor } from '@shared/projection/tsne'
import { formatPercent } from '@/plots/format'
import type { ProjectionMethod } from './projectionSettings'

/** Settings that only some methods have a use for. */
export type MethodSetting = 'neighbourhood' | 'minDist' | 'perplexity' | 'epochs' | 'labels' | 'axes' | 'dimensions'

export interface MethodInfo {
  value: ProjectionMethod
  title: string
  hint: string
  uses: readonly MethodSetting[]
}

/** Ways to lay words out, in the order in which they are offered. */
export const methods: readonly MethodInfo[] = [
  {
    value: 'umap',
    title: 'UMAP',
    hint: "Layerscope's own layout, the fastest: keeps neighbours together (McInnes et al. 2018), in the plane",
    uses: ['neighbourhood', 'minDist']
  },
  {
    value: 'umapJs',
    title: 'UMAP (umap-js)',
    hint: "As the Embedding Projector lays out; also in 3-D, with labels, and for a sentence's new words",
    uses: ['neighbourhood', 'minDist', 'epochs', 'labels', 'dimensions']
  },
  {
    value: 'tsne',
    title: 't-SNE',
    hint: 'Keeps neighbours together, at a perplexity (van der Maaten 2014); distances between groups mean little',
    uses: ['perplexity', 'epochs', 'dimensions']
  },
  {
    value: 'pca',
    title: 'PCA',
    hint: 'The directions of greatest variance; distances are kept as far as so few directions can',
    uses: ['dimensions']
  },
  {
    value: 'axes',
    title: 'Own axes',
    hint: 'From one word or class to another, or along a direction that an eraser removes',
    uses: ['axes']
  }
]

export function methodInfo(method: ProjectionMethod): MethodInfo {
  return methods.find(({ value }) => value === method)!
}

/** How a layout came about: its method with the settings that it read. */
export interface LayoutAbout {
  method: ProjectionMethod
  dimensions: 2 | 3
  metric: 'cosine' | 'euclidean'
  neighbourhood: number
  minDist: number
  perplexity: number
  /** The label layer that pulled words together; null without one. */
  labelled: string | null
  /** Of a layout along axes: what they are, and the share of variance along each. */
  axes: readonly { title: string; share: number }[] | null
}

/** Neighbours of every word that a method needs. */
export function neighboursNeeded({
  method,
  neighbourhood,
  perplexity
}: Pick<LayoutAbout, 'method' | 'neighbourhood' | 'perplexity'>): number {
  if (method === 'pca' || method === 'axes') return 0
  return method === 'tsne' ? neighboursFor(perplexity) : neighbourhood - 1
}

/** The method and its settings, as a caption says them. */
export function layoutText(about: LayoutAbout, explained: readonly number[]): string {
  const percent = (shares: readonly number[]): string =>
    shares
      .map(formatPercent)
      .join(', ')
      .replace(/, ([^,]*)$/, ' and $1')
  switch (about.method) {
    case 'pca':
      return `PCA; the axes hold ${percent(explained.slice(0, about.dimensions))} % of the variance`
    case 'axes':
      return (
        `${about.axes?.map(({ title }, i) => `${i ? 'upwards' : 'to the right'}: ${title}`).join('; ')}; they hold ` +
        `${percent(about.axes?.map(({ share }) => share) ?? [])} % of the variance`
      )
    case 'tsne':
      return `t-SNE, perplexity ${about.perplexity}, ${about.metric}`
    case 'umapJs':
      return (
        `UMAP by umap-js, ${about.neighbourhood} neighbours, ${about.metric}` +
        `${about.labelled === null ? '' : `, pulled together by ${about.labelled}`}`
      )
    case 'umap':
      return `UMAP (Layerscope's own), ${about.neighbourhood} neighbours, ${about.metric}`
  }
}
