import { beforeEach, expect, test, vi } from 'vitest'
import { stayAwakeForJobs } from '../../src/main/hosts/electron/stayAwake'
import { recorded, resetStandIn } from '../security/electronStandIn'

vi.mock('electron', () => import('../security/electronStandIn'))

beforeEach(resetStandIn)

/** A host whose events a test sends. */
function sendingHost(): (name: string, payload: unknown) => void {
  let send: (name: string, payload: unknown) => void = () => undefined
  stayAwakeForJobs({
    subscribe(listener) {
      send = listener
      return () => undefined
    }
  })
  return (name, payload) => send(name, payload)
}

test('the system is kept awake from the first running job to the last, once', () => {
  const send = sendingHost()
  expect(recorded.awake.size).toBe(0)
  send('job.changed', { id: 'a', state: 'waiting' })
  expect(recorded.awake.size).toBe(0)
  send('job.changed', { id: 'a', state: 'running' })
  send('job.changed', { id: 'a', state: 'running' })
  send('job.changed', { id: 'b', state: 'running' })
  expect(recorded.awake.size).toBe(1)
  expect(recorded.calls).toEqual(['prevent-app-suspension'])
  send('job.changed', { id: 'a', state: 'done' })
  expect(recorded.awake.size).toBe(1)
  send('job.changed', { id: 'b', state: 'paused' })
  expect(recorded.awake.size).toBe(0)
})

test('an engine that is gone leaves nothing running', () => {
  const send = sendingHost()
  send('job.changed', { id: 'a', state: 'running' })
  send('engine.state', { state: 'crashed', message: '', restarts: 1 })
  expect(recorded.awake.size).toBe(0)
})
