// @vitest-environment happy-dom
import { defaultMethod } from '@shared/probeMethods'
import { setUpOf } from '@shared/probeSetUp'
import { mentions, type ListedResult, type ResultFigures, type ResultSubject } from '@shared/results'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { keptItem } from '@/components/runItem'
import { curveLines, lookAt, measuresOf } from '@/modules/results/resultLines'
import { useResultStore } from '@/modules/results/resultStore'
import { layerText, resultTitle, scoreRange, scoreText, unlikeness } from '@/modules/results/resultWords'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine } from '../engine'
import { probeResult } from '../probes/fixture'

function listed(
  id: string,
  changes: { name?: string; model?: ResultSubject['model']; summary?: Partial<ResultFigures> } = {}
): ListedResult {
  return {
    id,
    kind: 'probe',
    key: null,
    createdAt: '2026-11-20T10:00:00.000Z',
    name: changes.name ?? '',
    subject: {
      model: changes.model ?? { id: 'm', name: 'MiniLM' },
      data: { id: 'd', name: 'UD English EWT', parts: 'train to test' },
      task: { id: 'upos', title: 'UPOS' }
    },
    summary: {
      method: 'linear',
      score: { measure: 'accuracy', value: 0.9, interval: [0.88, 0.92], layer: 1 },
      curve: [
        { layer: 0, value: 0.8, interval: [0.78, 0.82], selectivity: 0.2 },
        { layer: 1, value: 0.9, interval: [0.88, 0.92], selectivity: 0.3 }
      ],
      majority: 0.2,
      items: 100,
      backend: 'CPU',
      seconds: 1,
      ...changes.summary
    },
    compute: null
  }
}

let kept: ListedResult[]
let trash: ListedResult[]
beforeEach(() => {
  setActivePinia(createPinia())
  kept = [
    listed('a', { name: 'first' }),
    listed('b', { summary: { method: 'MLP 50' } }),
    listed('c', { model: { id: 'g', name: 'gpt2' } })
  ]
  trash = []
  engine.answers = {
    'results.list': () => kept,
    'results.rename': ({ id, name }) => {
      kept = kept.map((result) => (result.id === id ? { ...result, name } : result))
      return null
    },
    'results.delete': ({ ids }) => {
      trash = kept.filter(({ id }) => ids.includes(id))
      kept = kept.filter(({ id }) => !ids.includes(id))
      return null
    },
    'results.restore': () => {
      kept = [...trash, ...kept]
      return null
    },
    'probe.list': () => []
  }
})

describe('the list of results', () => {
  it('is filtered by words, in any order and case', async () => {
    const store = useResultStore()
    await store.refresh()
    store.filter = 'upos GPT'
    expect(store.shown.map(({ id }) => id)).toEqual(['c'])
    store.filter = 'first'
    expect(store.shown.map(({ id }) => id)).toEqual(['a'])
    expect(mentions(kept[0]!, '')).toBe(true)
  })

  it('names a result at once, and takes that back where the engine refuses', async () => {
    const store = useResultStore()
    await store.refresh()
    await store.rename('b', ' second ')
    expect(store.results.find(({ id }) => id === 'b')!.name).toBe('second')
    engine.answers['results.rename'] = () => {
      throw new Error('No.')
    }
    await store.rename('b', 'third')
    expect(store.results.find(({ id }) => id === 'b')!.name).toBe('second')
    expect(useNoticeStore().notices[0]!.title).toBe('The result could not be named')
  })

  it('deletes what is chosen and takes it back', async () => {
    const store = useResultStore()
    await store.refresh()
    store.toggle('c')
    store.toggle('a')
    expect(store.chosen.map(({ id }) => id)).toEqual(['c', 'a'])
    await store.remove(store.chosenIds)
    expect(store.results.map(({ id }) => id)).toEqual(['b'])
    expect(store.chosen).toEqual([])
    expect(store.deleted.map(({ id }) => id)).toEqual(['a', 'c'])
    await store.restore()
    expect(store.results.map(({ id }) => id)).toEqual(['a', 'c', 'b'])
    expect(store.deleted).toEqual([])
  })
})

describe('running a result again', () => {
  const again = (differences: number, version = '4') => {
    const compute = { backend: 'wasm' as const, version: '4', layerscope: '0.1.0' }
    kept = [{ ...listed('a', { name: 'first' }), compute }, listed('b')]
    engine.answers['results.rerun'] = () => {
      kept = [{ ...listed('d'), compute: { ...compute, version } }, ...kept]
      return { id: 'd', differences }
    }
  }
  async function rerun() {
    const store = useResultStore()
    await store.refresh()
    await store.rerun(store.results.find(({ id }) => id === 'a')!)
    const { fact, notices } = useNoticeStore()
    return { store, fact: fact!, notice: notices.at(-1)! }
  }

  it('says that every number is the same, and compares the two when asked', async () => {
    again(0)
    const { store, fact } = await rerun()
    expect(engine.inputs('results.rerun')).toEqual([{ id: 'a', jobId: expect.any(String) as string }])
    expect(fact.title).toBe('first: the same again')
    expect(store.results.map(({ id }) => id)).toEqual(['d', 'a', 'b'])
    fact.action!.run()
    expect(store.chosen.map(({ id }) => id)).toEqual(['a', 'd'])
  })

  it('counts the numbers that differ, and names a reason where there is one', async () => {
    again(1)
    expect((await rerun()).notice).toMatchObject({
      kind: 'warning',
      title: 'first: 1 number differs',
      text: 'The new result is kept beside the first.'
    })
    again(3, '5')
    const { notice } = await rerun()
    expect(notice.title).toBe('first: 3 numbers differ')
    expect(notice.text).toMatch(/Equal bits can be expected only from the same backend and version\.$/)
  })

  it('is refused in the engine’s words, and not offered twice', async () => {
    again(0)
    engine.answers['results.rerun'] = () => Promise.reject(new UserError('The model is not there any more.'))
    const { store, notice } = await rerun()
    expect([notice.title, notice.text]).toEqual([
      'The result could not be run again',
      'The model is not there any more.'
    ])
    expect(store.isRerunning('a')).toBe(false)
    engine.answers['job.list'] = () => ({
      jobs: [jobStatus({ id: 'j', title: 'Again', call: 'results.rerun', input: { id: 'a' } })],
      notes: []
    })
    await useJobStore().load()
    expect([store.isRerunning('a'), store.isRerunning('b')]).toEqual([true, false])
  })
})

describe('the comparison', () => {
  it('calls results by name, or by what tells them apart', () => {
    expect(kept.map((result) => resultTitle(result, kept))).toEqual(['first', 'MiniLM, MLP 50', 'gpt2, linear'])
    expect(resultTitle(kept[1]!, [kept[1]!])).toBe('UPOS')
  })

  it('names the layers of a mix, which is the best of no single layer', () => {
    const mix = listed('m', { summary: { method: 'mix, linear' } })
    const layer = mix.summary.score!.layer!
    expect([layerText(kept[0]!), layerText(mix)]).toEqual([String(layer), `0 to ${layer}, mixed`])
    expect(keptItem(mix, 'word').best).toContain(`with a mix of layers 0 to ${layer}`)
  })

  it('says how results differ that are laid over one another', () => {
    const run = probeResult('upos')
    const mix = setUpOf({ ...run, testWords: 2_022, options: { ...run.options, probe: defaultMethod('mix') } })
    const setUps = new Map([
      ['a', setUpOf(run)],
      ['b', mix],
      ['c', setUpOf(run)]
    ])
    expect(unlikeness([kept[0]!, kept[2]!], setUps)).toEqual([])
    expect(unlikeness([kept[0]!, kept[1]!], setUps)).toEqual(['mix, linear', '2,022 test words'])
    const score = { measure: 'R²', value: 0.8, layer: 3 }
    const regression = { ...listed('r', { summary: { method: 'ridge, alpha 1', score, items: 90 } }) }
    expect(unlikeness([kept[0]!, regression], setUps)).toEqual(['R²', 'ridge, alpha 1', '90 items'])
    expect(unlikeness([], setUps)).toEqual([])
  })

  it('draws one line a result, with intervals for the score alone', () => {
    const lines = curveLines([...kept, listed('whole', { summary: { curve: [] } })], 'score', 'light')
    expect(lines.map(({ id, layers }) => [id, layers])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1]
    ])
    expect(lines[0]!.points[1]).toEqual({ layer: 1, value: 0.9, low: 0.88, high: 0.92 })
    expect(curveLines(kept, 'selectivity', 'light')[0]!.points[0]).toEqual({
      layer: 0,
      value: 0.2,
      low: 0.2,
      high: 0.2
    })
    expect(new Set(lines.map(({ colour }) => colour)).size).toBe(3)
    expect(lines.map(({ marker }) => marker)).toEqual([0, 1, 2].map((place) => lookAt(place, 'light').marker))
  })

  it('offers the measures that there are, and writes shares as percent', () => {
    expect(measuresOf(kept)).toEqual(['score', 'selectivity'])
    expect(measuresOf([])).toEqual([])
    expect(scoreText('accuracy', 0.9)).toBe('90.0\u202f%')
    expect(scoreText('R2', 0.8123)).toBe('0.812')
    expect(scoreRange(kept[0]!.summary.score)).toBe('88.0\u202f% to 92.0\u202f%')
  })
})
