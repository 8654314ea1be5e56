import type { ProbeResult } from '@shared/probe'
import { differs } from '@shared/pairedTest'
import { controlNames, controlTitles, signalOf, signalSentence, type ProbeTests } from '@shared/signal'

/** A p-value to four places; smaller ones as a bound. */
export function probability(p: number): string {
  return p < 0.0001 ? '<0.0001' : p.toFixed(4)
}

/**
 * What each layer has over its controls, which layers differ from the best one, and what may be claimed, as lines of
 * text.
 */
export function signalTable({ layers }: Pick<ProbeResult, 'layers'>, tests: ProbeTests): string {
  const present = controlNames.filter((control) => tests.controls.some((test) => test.control === control))
  const cell = (test: { difference: number; corrected: number } | undefined): string =>
    (test ? `${(test.difference * 100).toFixed(2)}${differs(test) ? '*' : ' '}` : '').padStart(18)
  const lines = layers.map(({ layer }) => {
    const controls = present.map((control) =>
      cell(tests.controls.find((test) => test.layer === layer && test.control === control))
    )
    const best =
      layer === tests.best ? 'best '.padStart(18) : cell(tests.againstBest.find((test) => test.layer === layer))
    return `${String(layer).padStart(5)}${best}${controls.join('')}`
  })
  const titles = ['the best layer', ...present.map((control) => controlTitles[control])]
  const headings = titles.map((title) => `${title} `.padStart(18))
  return [
    'points over the best layer, of the layer beside the word type and layer 0 (conditional), and over each control; ' +
      '* p < 0.05 by approximate randomisation over ' +
      `${tests.clusters ?? 'sentence'}s, corrected: controls by Holm's method, layers for all pairs (max-T)`,
    `layer${headings.join('')}`,
    ...lines,
    ...layers.map(({ layer }) => signalSentence(signalOf(tests, layer))),
    ''
  ].join('\n')
}
