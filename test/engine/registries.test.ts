import { curveKinds } from '@shared/curveSettings'
import { probeKinds } from '@shared/probeMethods'
import { probePresets } from '@shared/probePresets'
import { resultTitles } from '@shared/results'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/main/commands'
import { edits } from '../../src/main/engine/ablations/edits'
import { executors } from '../../src/main/engine/executors/executors'
import { readers } from '../../src/main/engine/datasets/readers/readers'
import { families } from '../../src/main/engine/models/transformer/families'
import { probeMethods } from '../../src/main/engine/probes/methods/methods'
import { resultKinds } from '../../src/main/engine/results/kinds'
import { taskFamilies } from '../../src/main/engine/tasks/tasks'

/** The entries of every table of the engine: an id, and the texts that people read of it. */
const registries: Record<string, readonly { id: string; texts: readonly string[] }[]> = {
  'model families': families.map(({ type, title, source }) => ({ id: type, texts: [title, source] })),
  'dataset readers': readers.map(({ id, title }) => ({ id, texts: [title] })),
  commands: commands.map(({ name, summary }) => ({ id: name, texts: [summary] })),
  tasks: taskFamilies.map(({ id, summary }) => ({ id, texts: [summary] })),
  edits: Object.values(edits).map(({ kind, title }) => ({ id: kind, texts: [title] })),
  'probe methods': Object.values(probeMethods).map(({ kind, solver }) => ({ id: kind, texts: [solver] })),
  executors: Object.values(executors).map(({ id, title }) => ({ id, texts: [title] })),
  'kinds of results': Object.values(resultKinds).map(({ id }) => ({ id, texts: [resultTitles[id]] })),
  'kinds of probes': Object.entries(probeKinds).map(([id, { title, explanation }]) => ({
    id,
    texts: [title, explanation]
  })),
  'kinds of curves': Object.entries(curveKinds).map(([id, { title, axis, explanation }]) => ({
    id,
    texts: [title, axis, explanation]
  })),
  recipes: Object.entries(probePresets).map(([id, { title, source }]) => ({ id, texts: [title, source] }))
}

describe.each(Object.entries(registries))('the table of %s', (_name, entries) => {
  test('has no id and no title twice', () => {
    expect(entries.length).toBeGreaterThan(1)
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    expect(new Set(entries.map(({ texts }) => texts[0])).size).toBe(entries.length)
  })

  test('says of each what it is', () => {
    for (const { id, texts } of entries)
      for (const text of texts) expect(text.trim().length, `${id}: '${text}'`).toBeGreaterThan(1)
  })
})

test('entries stand under their own ids', () => {
  for (const [kind, method] of Object.entries(probeMethods)) expect(method.kind).toBe(kind)
  for (const [id, executor] of Object.entries(executors)) expect(executor.id).toBe(id)
  for (const [kind, edit] of Object.entries(edits)) expect(edit.kind).toBe(kind)
})
