import { describe, expect, it } from 'vitest'
import { csvOfRecords } from '@shared/csv'
import { classRows, confusionRows, errorRows, fileName, layerRows } from '@/plots/probeRows'
import { confusionCounts, errorRow, probeResult, uposClasses } from './fixture'

const upos = probeResult('upos')

describe('tables that leave the view', () => {
  it('hold every layer of every run with intervals, baselines and where the numbers come from', () => {
    const rows = layerRows([upos, probeResult('deprel')])
    expect(rows).toHaveLength(14)
    expect(rows[2]).toMatchObject({
      task: 'upos',
      model: 'all-MiniLM-L6-v2',
      train_split: 'dev',
      test_items: 25_094,
      layer: 2,
      hook: 'blocks.1.resid_post',
      accuracy: 0.9284,
      majority_label: 'NOUN',
      majority_accuracy: 0.164,
      memoriser_accuracy: 0.846,
      converged: true
    })
    expect(rows[2]!.accuracy_low).toBeLessThan(0.9284)
    expect(rows[2]!.selectivity).toBeCloseTo(0.9284 - rows[2]!.control_accuracy!)
    expect(rows[0]!.hook).toBe('embed')
  })
  it('leave cells empty that were not measured', () => {
    const bare = probeResult('upos', {
      layers: upos.layers.map(({ control: _c, selectivity: _s, selectivityInterval: _i, ...layer }) => layer)
    })
    const [header, first] = csvOfRecords(layerRows([bare])).split('\r\n')
    const column = header!.split(',').indexOf('selectivity')
    expect(first!.split(',')[column]).toBe('')
  })
  it('write a class a layer', () => {
    const rows = classRows(upos)
    expect(rows).toHaveLength(7 * 17)
    expect(rows[17]).toMatchObject({ layer: 1, class: 'NOUN', f1: upos.layers[1]!.perClass[0]!.f1 })
  })
  it('write every pair that occurs, counts adding up to the test part', () => {
    const rows = confusionRows(upos, 2, { classes: uposClasses, counts: confusionCounts(uposClasses, 0.9284) })
    const counts = confusionCounts(uposClasses, 0.9284)
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(counts.reduce((a, b) => a + b))
    expect(rows.every((row) => row.count > 0)).toBe(true)
    const nouns = rows.filter((row) => row.gold === 'NOUN')
    expect(nouns.reduce((sum, row) => sum + row.share_of_gold, 0)).toBeCloseTo(1)
  })
  it('quote words as CSV wants them', () => {
    const csv = csvOfRecords(errorRows(upos, 2, [errorRow({ form: '"', left: 'He said,', right: '' })]))
    expect(csv).toContain(',"""","He said,",,VERB,PROPN,')
  })
  it('are named after task, model and content', () => {
    expect(fileName(upos, 'accuracy')).toBe('upos-all-MiniLM-L6-v2-accuracy')
  })
})
