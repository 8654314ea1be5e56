// @vitest-environment happy-dom
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, nextTick, ref } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { pageSize, useSentencePages, type PageRequest } from '@/modules/corpus/useSentencePages'
import { FakeEngine, sentenceRow } from './fakeEngine'

const engine = vi.hoisted(() => ({ current: null as FakeEngine | null }))
vi.mock('@/client', () => ({
  client: { call: (name: never, input: never) => engine.current!.client.call(name, input), on: () => () => undefined }
}))

let fake: FakeEngine
const base: PageRequest = { datasetId: 'd', split: 'test', query: '', filter: null, layers: ['upos'], epoch: 0 }
const row = (index: number, word: string) => ({ row: sentenceRow(index, [word]), matches: [] })
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await nextTick()
}
beforeEach(() => {
  setActivePinia(createPinia())
  fake = new FakeEngine()
  engine.current = fake
  fake.answers['dataset.page'] = ({ offset, limit, query }) => ({
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
    expect(fake.inputs('dataset.page').map((input) => input.offset)).toEqual([0, pageSize, 2 * pageSize])
    expect(pages.at(249)?.row.index).toBe(249)
  })

  it('of an older search never mix with those of a newer one', async () => {
    const request = ref(base)
    const pages = effectScope().run(() => useSentencePages(() => request.value))!
    await settle()
    const answers: (() => void)[] = []
    fake.answers['dataset.page'] = ({ query }) =>
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
    fake.answers['dataset.page'] = () => {
      throw new UserError("This data set has no labels 'xyz'.")
    }
    const pages = effectScope().run(() => useSentencePages(() => base))!
    await settle()
    expect(pages.error.value).toBe("This data set has no labels 'xyz'.")
  })
})
