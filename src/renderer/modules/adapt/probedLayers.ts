import { layerName } from '@shared/finetune'
import type { ProbedTask } from '@shared/finetuneProbes'
import type { StepLine } from '@/plots/stepLines'

/** Layers to choose from, the embeddings first. */
export function layerOptions(layers: number): { value: string; title: string }[] {
  return Array.from({ length: layers + 1 }, (_, layer) => ({
    value: String(layer),
    title: layerName(layer, layers)
  }))
}

/** Those with the most similar labels first; those whose similarity is not known last. */
export function bySimilarity(probes: readonly ProbedTask[]): ProbedTask[] {
  return [...probes].sort((a, b) => (b.similarity ?? -1) - (a.similarity ?? -1))
}

/** What probes find in every layer of the unchanged model, and after training. */
export function layerLines({ points }: ProbedTask): StepLine[] {
  const line = (title: string, colour: string, { layers }: ProbedTask['points'][number]): StepLine => ({
    title,
    colour,
    marked: true,
    points: layers.map(({ layer, accuracy, interval }) => ({ step: layer, value: accuracy, interval }))
  })
  return [
    line('unchanged', 'var(--text-muted)', points[0]!),
    ...(points.length > 1 ? [line('tuned', 'var(--accent)', points.at(-1)!)] : [])
  ]
}
