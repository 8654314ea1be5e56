import { hiddenStateHook } from '@shared/hookNames'
import type { ProbeErrorRow, ProbeResult } from '@shared/probe'
import { methodTitle } from '@shared/probeMethods'
import type { ConfusionCounts } from '@/plots/confusionOrder'

/**
 * Tables as they leave the window. Shares are written between 0 and 1, in full; every row says what it was measured on.
 */

function provenance(result: ProbeResult) {
  return {
    model: result.model.name,
    dataset: result.dataset.name,
    task: result.task.id,
    train_split: result.dataset.trainSplit,
    test_split: result.dataset.testSplit,
    pool: result.pool,
    train_items: result.trainWords,
    test_items: result.testWords
  }
}

/** One row a run and layer: all measures with their intervals and baselines. */
export function layerRows(results: readonly ProbeResult[]) {
  return results.flatMap((result) =>
    result.layers.map((layer) => ({
      ...provenance(result),
      layer: layer.layer,
      hook: hiddenStateHook(layer.layer),
      accuracy: layer.accuracy,
      accuracy_low: layer.accuracyInterval?.[0],
      accuracy_high: layer.accuracyInterval?.[1],
      macro_f1: layer.macroF1,
      macro_f1_low: layer.macroF1Interval?.[0],
      macro_f1_high: layer.macroF1Interval?.[1],
      span_precision: layer.entities?.precision,
      span_recall: layer.entities?.recall,
      span_f1: layer.entities?.f1,
      span_f1_low: layer.entities?.interval?.[0],
      span_f1_high: layer.entities?.interval?.[1],
      control_accuracy: layer.control?.accuracy,
      control_low: layer.control?.interval?.[0],
      control_high: layer.control?.interval?.[1],
      selectivity: layer.selectivity,
      selectivity_low: layer.selectivityInterval?.[0],
      selectivity_high: layer.selectivityInterval?.[1],
      accuracy_seen_types: layer.types?.seen,
      accuracy_unseen_types: layer.types?.unseen,
      memoriser_seen_types: result.types?.memoriser.seen,
      memoriser_unseen_types: result.types?.memoriser.unseen,
      unseen_type_items: result.types?.unseen,
      conditional_accuracy: layer.conditional?.accuracy,
      conditional_baseline: layer.conditional?.baseline,
      conditional_bits: layer.conditional && layer.conditional.baselineBits - layer.conditional.bits,
      majority_label: result.majority.label,
      majority_accuracy: result.majority.accuracy,
      majority_macro_f1: result.majority.macroF1,
      memoriser_accuracy: result.memoriser.accuracy,
      memoriser_macro_f1: result.memoriser.macroF1,
      codelength_bits: layer.codelength?.bits,
      parameter_bits: layer.codelength?.variational?.parameterBits,
      uniform_bits: layer.codelength?.uniformBits,
      compression: layer.codelength?.compression,
      control_codelength_bits: layer.codelength?.control?.bits,
      control_compression: layer.codelength?.control?.compression,
      uuas: layer.structure?.uuas.value,
      dspr: layer.structure?.dspr.value,
      root: layer.structure?.root.value,
      nspr: layer.structure?.nspr.value,
      mix_weight: result.layers.at(-1)?.mix?.weights[layer.layer],
      restarts: layer.restarts?.join(' '),
      weights_not_zero: layer.sparsity?.nonZero,
      probe: methodTitle(result.options.probe),
      iterations: layer.iterations,
      converged: layer.converged,
      run: result.id
    }))
  )
}

/** One row a layer and class. */
export function classRows(result: ProbeResult) {
  return result.layers.flatMap((layer) =>
    layer.perClass.map((score) => ({
      ...provenance(result),
      layer: layer.layer,
      hook: hiddenStateHook(layer.layer),
      class: score.label,
      // A class that does not occur in the test part has none of them.
      ...(score.support > 0 && { precision: score.precision, recall: score.recall, f1: score.f1 }),
      support: score.support
    }))
  )
}

/** One row a pair of classes that occurs. */
export function confusionRows(result: ProbeResult, layer: number, confusion: ConfusionCounts) {
  const size = confusion.classes.length
  return confusion.classes.flatMap((gold, row) => {
    let total = 0
    for (let column = 0; column < size; column++) total += confusion.counts[row * size + column] ?? 0
    return confusion.classes.flatMap((predicted, column) => {
      const count = confusion.counts[row * size + column] ?? 0
      return count === 0
        ? []
        : [
            {
              ...provenance(result),
              layer,
              hook: hiddenStateHook(layer),
              gold,
              predicted,
              count,
              share_of_gold: count / total
            }
          ]
    })
  })
}

export function errorRows(result: ProbeResult, layer: number, rows: readonly ProbeErrorRow[]) {
  return rows.map((row) => ({ ...provenance(result), layer, hook: hiddenStateHook(layer), ...row }))
}

/** A name for files about a run: 'upos-all-MiniLM-L6-v2-accuracy'. */
export function fileName(result: Pick<ProbeResult, 'task' | 'model'>, what: string): string {
  return `${result.task.id}-${result.model.name}-${what}`
}
