// @vitest-environment happy-dom
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, ref } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { pageSize, useSentencePages, type PageRequest } from '@/modules/corpus/useSentencePages'
import { engine, settle } from '../engine'
import { sentenceRow } from '../fixtures'

const base: PageRequest = { datasetId: 'd', split: 'test', query: '', filter: null, layers: ['upos'], epoch: 0 }
const row = (index: number, word: string) => ({ row: sentenceRow(index, [word]), matches: [] })
beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers['dataset.page'] = ({ offset, limit, query }) => ({
    total: 250,
    rows: Array.from({ length: Math.min(limit, 250 - offset) }, (_, i) => row(offset + i, query || 'all'))
  })
})

describe('the pages of the corpus list', () => {
  it('are fetched once each, as they come into view', async () => {
    const pages = effectScope().run(() => useSentencePages(() => base))!
    await settle()
    expect(pages.total.value).toBe(250)
    pages.need(180, 230)
    pages.need(190, 240)
    await settle()
    expect(engine.inputs('dataset.page').map((input) => input.offset)).toEqual([0, pageSize, 2 * pageSize])
    expect(pages.at(249)?.row.index).toBe(249)
  })

  it('that are looked at are there again after the labels of the words were changed', async () => {
    const request = ref(base)
    const pages = effectScope().run(() => useSentencePages(() => request.value))!
    await settle()
    pages.need(180, 230)
    await settle()
    request.value = { ...base, layers: [] }
    await settle()
    expect(pages.stale.value).toBe(false)
    expect([pages.at(180), pages.at(230)].map((match) => match?.row.index)).toEqual([180, 230])
  })

  it('of an older search never mix with those of a newer one', async () => {
    const request = ref(base)
    const pages = effectScope().run(() => useSentencePages(() => request.value))!
    await settle()
    const answers: (() => void)[] = []
    engine.answers['dataset.page'] = ({ query }) =>
      new Promise((resolve) => answers.push(() => resolve({ total: 1, rows: [row(5, query)] })))
    request.value = { ...base, query: 'bo' }
    await settle()
    request.value = { ...base, query: 'boat' }
    await settle()
    expect(pages.stale.value).toBe(true)
    expect(pages.at(0)?.row.words, 'the old list stays until the new one is there').toEqual(['all'])
    answers[1]!()
    await settle()
    answers[0]!()
    await settle()
    expect(pages.at(0)?.row.words).toEqual(['boat'])
    expect([pages.total.value, pages.stale.value]).toEqual([1, false])
  })

  it('say why a search cannot be run', async () => {
    engine.answers['dataset.page'] = () => {
      throw new UserError("This data set has no labels 'xyz'.")
    }
    const pages = effectScope().run(() => useSentencePages(() => base))!
    await settle()
    expect(pages.error.value).toBe("This data set has no labels 'xyz'.")
  })
})
