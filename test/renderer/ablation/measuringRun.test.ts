import { defaultMethod } from '@shared/probeMethods'
import { expect, test } from 'vitest'
import { measuringRun, measuringRuns } from '@/modules/ablation/measuringRun'
import { dataset, probeResult, probeSummary } from '../probes/fixture'

const upos = probeResult('upos')
const linear = probeSummary(upos)
const mlp = probeSummary({ ...upos, id: 'run-mlp', options: { ...upos.options, probe: defaultMethod('mlp') } })
const deprel = probeSummary(probeResult('deprel'))
const arcs = probeSummary({ ...upos, id: 'run-arcs', task: { id: 'arc.label', title: 'Arc label', unit: 'pair' } })
const withArcs = {
  ...dataset,
  tasks: [...dataset.tasks, { ...dataset.tasks[0]!, id: 'arc.label', unit: 'pair' as const }]
}

test('ablations are measured by the linear run of the chosen task, even where another kind of probe is shown', () => {
  expect(measuringRun([mlp, deprel, linear], dataset, 'upos')).toBe(linear)
  expect(measuringRun([mlp, linear, deprel], dataset, 'deprel')).toBe(deprel)
})

test('without one of the chosen task any linear run of words serves, and no other', () => {
  expect(measuringRun([arcs, mlp, deprel], withArcs, 'arc.label')).toBe(deprel)
  expect(measuringRun([arcs, mlp], withArcs, 'upos')).toBeNull()
  expect(measuringRun([], null, 'upos')).toBeNull()
})

test('a map takes the first linear run of every task of words', () => {
  const older = { ...linear, id: 'run-older' }
  expect(measuringRuns([mlp, deprel, linear, older, arcs], withArcs)).toEqual([deprel, linear])
})
