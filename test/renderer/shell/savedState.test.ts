import { describe, expect, it } from 'vitest'
import { parseSavedState } from '@/shell/savedState'

describe('the saved state', () => {
  it('is the usual one where nothing was saved', () => {
    for (const nothing of [null, undefined, 'text', 7, []]) {
      expect(parseSavedState(nothing)).toMatchObject({
        theme: 'system',
        view: 'attention',
        layer: null,
        sentence: null,
        dataset: null,
        leftWidth: null,
        recentModels: []
      })
    }
  })

  it('comes back as it was saved', () => {
    const saved = {
      theme: 'dark',
      view: 'probes',
      layer: 4,
      head: 11,
      task: 'deprel',
      label: 'nsubj',
      split: 'dev',
      sentence: { kind: 'dataset', datasetId: 'ewt', split: 'dev', index: 12 },
      word: 3,
      modelPath: '/models/a',
      modelUntrained: 3,
      pinned: { path: '/models/b', untrained: 1 },
      dataset: { paths: ['/data/a.tsv'], choice: { header: true }, trainFraction: 0.7 },
      leftWidth: 300,
      rightWidth: 320,
      leftOpen: false,
      rightOpen: true,
      rawTokens: true,
      tour: false,
      recentModels: [{ path: '/models/a', name: 'a' }],
      recentDatasets: [{ request: { paths: ['/data/a.tsv'] }, name: 'a' }]
    }
    expect(parseSavedState(JSON.parse(JSON.stringify(saved)))).toEqual(saved)
  })

  it('loses a damaged part alone', () => {
    const state = parseSavedState({
      theme: 'sepia',
      view: 'probes',
      layer: -2,
      leftWidth: 9000,
      sentence: { kind: 'dataset' },
      dataset: { paths: [] },
      recentModels: 'none',
      word: 2
    })
    expect(state).toMatchObject({
      theme: 'system',
      view: 'probes',
      layer: null,
      leftWidth: null,
      sentence: null,
      dataset: null,
      recentModels: [],
      word: 2
    })
  })
})
