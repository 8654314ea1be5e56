import type { ParityCheck } from '@shared/model'

/** What was compared, each with its largest difference. */
export function kindsOfCheck({
  hiddenStates,
  attentions,
  logits,
  inside
}: ParityCheck): [kind: string, difference: number][] {
  const kinds: [string, number | null][] = [
    ['hidden states', hiddenStates],
    ['attention maps', attentions],
    ['logits', logits],
    ['values inside blocks', inside]
  ]
  return kinds.filter((entry): entry is [string, number] => entry[1] !== null)
}

export function largestDifference(check: ParityCheck): number {
  return Math.max(...kindsOfCheck(check).map(([, difference]) => difference))
}

/** 0.000021 as '2.1e-5'. */
export function scientific(value: number): string {
  return value.toExponential(1)
}
