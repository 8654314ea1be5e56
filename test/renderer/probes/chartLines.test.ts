import { defaultMethod } from '@shared/probeMethods'
import { expect, it } from 'vitest'
import { runTitle, type ChartRun } from '@/modules/probes/chartLines'
import { probeResult } from './fixture'

const upos = probeResult('upos')
const chart = (...results: ChartRun['result'][]): string[] => {
  const runs = results.map((result) => ({ result, compared: false }))
  return runs.map((run) => runTitle(runs, run))
}

it('calls runs by their task, and by how they were made where they were not made alike', () => {
  expect(chart(upos, probeResult('deprel'))).toEqual(['UPOS', 'Dependency relation'])
  expect(chart(upos, probeResult('deprel', { testWords: 2_022, pool: 'mean' }))).toEqual([
    'UPOS',
    'Dependency relation, 2,022 test words, mean of subwords'
  ])
  const mix = probeResult('upos', { id: 'mix', options: { ...upos.options, probe: defaultMethod('mix') } })
  expect(chart(mix, probeResult('deprel'))).toEqual(['UPOS, mix up to each layer', 'Dependency relation, linear'])
  expect(chart(probeResult('deprel'), mix)).toEqual(['Dependency relation', 'UPOS, mix, linear'])
  const later = { ...upos, id: 'later', options: { ...upos.options, seed: 2 } }
  expect(runTitle([{ result: upos, compared: false }], { result: later, compared: true })).toBe('UPOS, seed 2')
})
