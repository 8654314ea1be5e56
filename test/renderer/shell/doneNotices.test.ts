// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, type EffectScope } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useDoneNotices } from '@/shell/useDoneNotices'
import { useJobStore } from '@/stores/jobStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'

let scope: EffectScope
const focus = vi.spyOn(document, 'hasFocus')
beforeEach(() => {
  setActivePinia(createPinia())
  engine.reset({ 'app.notify': () => true, 'job.list': () => ({ jobs: [], notes: [] }) })
  useSessionStore().app = { version: '', host: 'electron', platform: 'linux', nativeDialogs: true, openPaths: [] }
  focus.mockReturnValue(false)
  scope = effectScope()
  scope.run(() => useDoneNotices())
})
afterEach(() => scope.stop())

const job = jobStatus({
  id: 'a',
  title: 'Probing UPOS',
  startedAt: 0,
  subject: { model: { id: 'm', name: 'MiniLM' }, dataset: { id: 'd', name: 'EWT' } }
})
async function end(state: 'done' | 'failed' | 'cancelled', error?: string, running = job): Promise<void> {
  const jobs = useJobStore()
  jobs.put(running)
  await settle()
  jobs.put({ ...running, state, ...(error && { error }) })
  await settle()
}

it('tells what has become of a job while nobody looks at the window', async () => {
  await end('done')
  await end('failed', 'The disk is full.')
  expect(engine.inputs('app.notify')).toEqual([
    { title: 'Probing UPOS: done', text: 'MiniLM, EWT' },
    { title: 'Probing UPOS: failed', text: 'The disk is full.' }
  ])
})

it('says nothing to who looks at it, of what was cancelled, of light work and of short work', async () => {
  focus.mockReturnValue(true)
  await end('done')
  focus.mockReturnValue(false)
  await end('cancelled')
  await end('done', undefined, { ...job, queued: false })
  await end('done', undefined, { ...job, startedAt: Date.now() })
  expect(engine.inputs('app.notify')).toEqual([])
})

it('asks a browser only where it was granted before', async () => {
  const shown: string[] = []
  const Shown = Object.assign(
    function (title: string) {
      shown.push(title)
    },
    { permission: 'default' }
  )
  vi.stubGlobal('Notification', Shown)
  useSessionStore().app = { ...useSessionStore().app!, host: 'http' }
  await end('done')
  expect(shown).toEqual([])
  Shown.permission = 'granted'
  await end('done')
  expect(shown).toEqual(['Probing UPOS: done'])
  expect(engine.inputs('app.notify')).toEqual([])
  vi.unstubAllGlobals()
})
