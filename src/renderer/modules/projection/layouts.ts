import { TsneLayout } from '@shared/projection/tsne'
import { startFromLayout, startFromPrincipal, umap } from '@shared/projection/umap'
import type { LayoutTask, SteppedMethod } from './layoutMessages'
import type { SteppedLayout } from './steppedLayout'
import { umapJsLayout } from './umapJsLayout'

/** How each method starts a layout, a line a method. */
const layouts: { readonly [M in SteppedMethod]: (task: LayoutTask) => SteppedLayout } = {
  umap({ previous, principal, components, seed, settings, ...task }) {
    const start = previous ? startFromLayout(previous, seed) : startFromPrincipal(principal, components, seed)
    return umap(neighboursOf(task), start, { ...settings, seed })
  },
  umapJs: umapJsLayout,
  tsne: ({ previous, principal, components, seed, settings, dimensions, ...task }) =>
    new TsneLayout(neighboursOf(task), { scores: principal, components }, previous, {
      dimensions,
      perplexity: settings.perplexity,
      epochs: settings.epochs,
      seed
    })
}

function neighboursOf({
  count,
  k,
  neighbours,
  distances
}: Pick<LayoutTask, 'count' | 'k' | 'neighbours' | 'distances'>) {
  return { count, k, indices: neighbours, distances }
}

export function startLayout(task: LayoutTask): SteppedLayout {
  return layouts[task.method](task)
}
