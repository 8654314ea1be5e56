// @vitest-environment happy-dom
import type { CallInput } from '@shared/contract'
import { effectScope, nextTick, ref } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { allMistakes, useMistakes, type MistakeQuery } from '@/modules/probes/useMistakes'
import { errorRow } from './fixture'

type Asked = CallInput<'probe.errors'>
const engine = vi.hoisted(() => ({ total: 730, asked: [] as Asked[], hold: null as Promise<void> | null, fail: '' }))

vi.mock('@/client', () => ({
  client: {
    call: async (_name: 'probe.errors', input: Asked) => {
      engine.asked.push(input)
      const { total } = engine
      if (input.layer === 1) await engine.hold
      if (engine.fail) throw new Error(engine.fail)
      return {
        total,
        rows: Array.from({ length: Math.max(0, Math.min(input.limit, total - input.offset)) }, (_, index) =>
          errorRow({ sentence: input.offset + index, gold: `layer ${input.layer}` })
        )
      }
    },
    on: () => () => undefined
  }
}))

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await nextTick()
}
const query: MistakeQuery = { runId: 'run-upos', layer: 2, gold: null, predicted: null }

beforeEach(() => {
  Object.assign(engine, { total: 730, asked: [], hold: null, fail: '' })
})

describe('the words a probe got wrong', () => {
  it('come page by page, each asked for once', async () => {
    await effectScope().run(async () => {
      const { total, rows, need } = useMistakes(query)
      await settle()
      expect(total.value).toBe(730)
      expect(rows.value.size).toBe(100)
      need(150, 210)
      need(160, 205)
      await settle()
      expect(engine.asked.map((input) => input.offset)).toEqual([0, 100, 200])
      expect(rows.value.get(205)?.sentence).toBe(205)
    })
  })
  it('start anew for another layer, and a slow answer for the old one is dropped', async () => {
    let release = (): void => undefined
    engine.hold = new Promise((resolve) => (release = resolve))
    await effectScope().run(async () => {
      const now = ref<MistakeQuery>({ ...query, layer: 1 })
      const { rows, total } = useMistakes(now)
      await settle()
      now.value = { ...query, layer: 3 }
      await settle()
      expect(rows.value.get(0)?.gold).toBe('layer 3')
      release()
      await settle()
      expect(rows.value.get(0)?.gold).toBe('layer 3')
      expect(total.value).toBe(730)
    })
  })
  it('say why they could not be read', async () => {
    engine.fail = 'This probing run is not kept any more; run it again.'
    await effectScope().run(async () => {
      const { failure } = useMistakes(query)
      await settle()
      expect(failure.value).toBe('This probing run is not kept any more; run it again.')
    })
  })
  it('are all fetched for an export', async () => {
    engine.total = 1_203
    const rows = await allMistakes(query)
    expect(rows).toHaveLength(1_203)
    expect(engine.asked.map((input) => input.offset)).toEqual([0, 500, 1000])
    engine.total = 0
    expect(await allMistakes(query)).toEqual([])
  })
})
