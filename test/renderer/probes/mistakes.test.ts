// @vitest-environment happy-dom
import type { CallOutput, CallParsed } from '@shared/contract'
import { UserError } from '@shared/userError'
import { effectScope, ref } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { allMistakes, useMistakes, type MistakeQuery } from '@/modules/probes/useMistakes'
import { engine, settle } from '../engine'
import { errorRow } from './fixture'

let errors: number

const query: MistakeQuery = { runId: 'run-upos', layer: 2, gold: null, predicted: null }

function page({ layer, offset, limit }: CallParsed<'probe.errors'>): CallOutput<'probe.errors'> {
  const length = Math.max(0, Math.min(limit, errors - offset))
  return {
    total: errors,
    rows: Array.from({ length }, (_, index) => errorRow({ sentence: offset + index, gold: `layer ${layer}` }))
  }
}

beforeEach(() => {
  errors = 730
  engine.answers['probe.errors'] = page
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
      expect(engine.inputs('probe.errors').map((input) => input.offset)).toEqual([0, 100, 200])
      expect(rows.value.get(205)?.sentence).toBe(205)
    })
  })
  it('start again for another layer, and a slow answer for the old one is dropped', async () => {
    const slow = engine.hold('probe.errors')
    await effectScope().run(async () => {
      const now = ref<MistakeQuery>({ ...query, layer: 1 })
      const { rows, total } = useMistakes(now)
      await settle()
      engine.answers['probe.errors'] = page
      now.value = { ...query, layer: 3 }
      await settle()
      expect(rows.value.get(0)?.gold).toBe('layer 3')
      slow[0]!.answer(page(slow[0]!.input))
      await settle()
      expect(rows.value.get(0)?.gold).toBe('layer 3')
      expect(total.value).toBe(730)
    })
  })
  it('say why they could not be read', async () => {
    engine.answers['probe.errors'] = () => {
      throw new UserError('This probing run is not kept any more; run it again.')
    }
    await effectScope().run(async () => {
      const { failure } = useMistakes(query)
      await settle()
      expect(failure.value).toBe('This probing run is not kept any more; run it again.')
    })
  })
  it('are all fetched for an export', async () => {
    errors = 1_203
    const rows = await allMistakes(query)
    expect(rows).toHaveLength(1_203)
    expect(engine.inputs('probe.errors').map((input) => input.offset)).toEqual([0, 500, 1000])
    errors = 0
    expect(await allMistakes(query)).toEqual([])
  })
})
