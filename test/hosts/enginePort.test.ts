import { beforeEach, expect, test, vi } from 'vitest'
import { connectPage } from '../../src/main/hosts/electron/enginePort'
import type { DesktopEngine } from '../../src/main/hosts/electron/forkEngine'
import { resetStandIn, StandInContents } from '../security/electronStandIn'

vi.mock('electron', () => import('../security/electronStandIn'))

beforeEach(resetStandIn)

test('each start of the page or the engine connects the two, once both are there', () => {
  const connected: unknown[] = []
  let engine: DesktopEngine | null = null
  let send: (name: string, payload: unknown) => void = () => undefined
  let subscribed = true
  const contents = new StandInContents()
  const host = {
    subscribe(listener: typeof send) {
      send = listener
      return () => void (subscribed = false)
    }
  }
  connectPage(contents as never, host, () => engine)

  contents.emit('did-finish-load')
  expect(contents.ports).toEqual([])
  engine = { connect: (port: unknown) => void connected.push(port) } as unknown as DesktopEngine
  send('engine.state', { state: 'ready', message: '', restarts: 0 })
  send('job.changed', { id: 'a', state: 'running' })
  send('engine.state', { state: 'crashed', message: '', restarts: 0 })
  expect(contents.ports).toEqual([['layerscope:engine-port', null, [expect.anything()]]])
  expect(connected).toHaveLength(1)
  contents.emit('did-finish-load')
  expect(connected).toHaveLength(2)
  expect(contents.ports).toHaveLength(2)
  contents.emit('destroyed')
  expect(subscribed).toBe(false)
})
