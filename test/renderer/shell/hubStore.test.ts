// @vitest-environment happy-dom
import type { HubLookup } from '@shared/hub'
import { JobCancelled } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { useHubStore } from '@/shell/hubStore'
import { useJobStore } from '@/stores/jobStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { modelInfo } from '../fixtures'

function lookup(changes: Partial<HubLookup> = {}): HubLookup {
  return {
    repo: 'prajjwal1/bert-tiny',
    revision: 'main',
    commit: 'a'.repeat(40),
    host: 'huggingface.co',
    files: [],
    neededBytes: 1,
    missingBytes: 1,
    licence: null,
    gated: false,
    model: null,
    refusal: null,
    folder: null,
    notes: [],
    ...changes
  }
}

beforeEach(() => {
  setActivePinia(createPinia())
  engine.reset({
    'hub.cached': () => ({
      place: { host: 'huggingface.co', cacheFolder: '/cache', offline: false, hasToken: false },
      models: [],
      datasets: []
    }),
    'job.cancel': () => null,
    'model.open': ({ path }) => modelInfo({ path })
  })
})

describe('looking a model up', () => {
  it('shows what the newest name leads to, and cancels the lookup before it', async () => {
    const held = engine.hold('hub.lookup')
    const hub = useHubStore()
    hub.reference = 'bert'
    const first = hub.lookUp()
    hub.reference = ' bert-tiny '
    const second = hub.lookUp()
    await settle()
    expect(held.map(({ input }) => input.reference)).toEqual(['bert', 'bert-tiny'])
    expect(engine.inputs('job.cancel')).toEqual([{ jobId: held[0]!.input.jobId }])
    held[1]!.answer(lookup())
    await second
    held[0]!.answer(lookup({ repo: 'bert' }))
    await first
    expect([hub.found?.repo, hub.lookingUp, hub.error]).toEqual(['prajjwal1/bert-tiny', false, null])
  })

  it('says why it failed, until the name is changed', async () => {
    engine.answers['hub.lookup'] = () => {
      throw new UserError('There is no model of this name.')
    }
    const hub = useHubStore()
    hub.reference = 'nothing'
    await hub.lookUp()
    expect([hub.error, hub.found]).toEqual(['There is no model of this name.', null])
    hub.reference = ''
    await hub.lookUp()
    expect(hub.error).toBeNull()
  })
})

describe('a download', () => {
  async function begin() {
    engine.answers['hub.lookup'] = () => lookup()
    const held = engine.hold('hub.download')
    const hub = useHubStore()
    useLayoutStore().dialog = 'openHub'
    hub.reference = 'bert-tiny'
    await hub.lookUp()
    const done = hub.downloadAndOpen()
    await settle()
    return { hub, held, done }
  }

  it('shows its own progress, and opens the folder', async () => {
    const { hub, held, done } = await begin()
    const jobs = useJobStore()
    jobs.put(jobStatus({ id: 'another', kind: 'hub', done: 9 }))
    jobs.put(jobStatus({ id: held[0]!.input.jobId!, kind: 'hub', done: 2 }))
    expect([hub.downloading, hub.job?.done]).toEqual([true, 2])
    held[0]!.answer({ folder: '/cache/bert-tiny' })
    await done
    expect(engine.inputs('model.open').map(({ path }) => path)).toEqual(['/cache/bert-tiny'])
    expect([hub.downloading, useLayoutStore().dialog, hub.reference]).toEqual([false, null, ''])
  })

  it('tells of its failure where the dialog was closed meanwhile', async () => {
    const { hub, held, done } = await begin()
    useLayoutStore().dialog = null
    held[0]!.fail(new UserError('The disk is full.'))
    await done
    expect(hub.error).toBe('The disk is full.')
    expect(useNoticeStore().notices).toMatchObject([
      { title: "'prajjwal1/bert-tiny' could not be downloaded", text: 'The disk is full.' }
    ])
    expect(engine.inputs('model.open')).toEqual([])
  })

  it('ends quietly where it was cancelled, and what was found stays', async () => {
    const { hub, held, done } = await begin()
    hub.stop()
    await settle()
    expect(engine.inputs('job.cancel')).toEqual([{ jobId: held[0]!.input.jobId }])
    held[0]!.fail(new JobCancelled())
    await done
    expect([hub.error, hub.found?.repo]).toEqual([null, 'prajjwal1/bert-tiny'])
    expect(useNoticeStore().notices).toEqual([])
  })
})

describe('a data set', () => {
  it('is looked up by its name alone, downloaded in part, and shown before it is opened', async () => {
    engine.answers['hub.lookup'] = () => lookup({ repo: 'datasets/tiny/ner', part: 'en' })
    engine.answers['hub.download'] = () => ({ folder: '/cache/ner/en' })
    const layout = useLayoutStore()
    const hub = useHubStore()
    hub.reference = 'bert-tiny'
    layout.dialog = 'openDataHub'
    expect([hub.kind, hub.reference]).toEqual(['dataset', ''])
    hub.reference = 'tiny/ner:en'
    await hub.lookUp()
    await hub.downloadAndOpen()
    expect(engine.inputs('hub.lookup').map(({ reference }) => reference)).toEqual(['datasets/tiny/ner:en'])
    expect(engine.inputs('hub.download')).toMatchObject([{ repo: 'datasets/tiny/ner', part: 'en' }])
    expect([layout.dialog, layout.previewPaths]).toEqual(['previewDataset', ['/cache/ner/en']])
    expect(engine.inputs('model.open')).toEqual([])
  })
})
