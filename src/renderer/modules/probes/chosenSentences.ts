import type { ProbeResult } from '@shared/probe'
import { settingText, triedText } from '@shared/tuning'
import { formatCount, percent } from '@/plots/format'

/** How the options of the probes were chosen. */
export function tuningSentence({ options: { tuning, probe, folds } }: ProbeResult): string[] {
  if (!tuning) return []
  const chosen = settingText(probe.kind, tuning.chosen)
  const tried = triedText(probe.kind, tuning)
  const single = Object.keys(tuning.chosen).length === 1
  const alternatives = single ? tried.slice(tried.indexOf(' from ') + 6) : `${tuning.tried.length} settings (${tried})`
  if (!folds)
    return [
      `${chosen[0]!.toUpperCase()}${chosen.slice(1)} was the best of ${alternatives} on ` +
        `${formatCount(tuning.heldOutSentences)} training sentences held out for it.`
    ]
  const inFolds = new Set(folds.folds.map((fold) => settingText(probe.kind, fold.tuning!.chosen)))
  return [
    `In each of ${folds.folds.length} folds, the best setting on ${folds.inner} inner folds was used: ` +
      `${[...inFolds].join('; ')} (${tried}).`
  ]
}

/** What scores of a cross-validation are of. */
export function foldSentence(result: ProbeResult, layer: number): string[] {
  const { folds } = result.options
  if (!folds) return []
  const index = result.layers.findIndex((candidate) => candidate.layer === layer)
  const shares = folds.folds.map(({ accuracy }) => accuracy[index]!)
  return [
    `Predictions of ${shares.length} folds are pooled; the folds reach ${percent(Math.min(...shares))} ` +
      `to ${percent(Math.max(...shares))}. The interval is over ${folds.by}s and does not show that ` +
      'the folds share most of their training.'
  ]
}
