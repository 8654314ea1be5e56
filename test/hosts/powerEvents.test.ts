import { beforeEach, expect, test, vi } from 'vitest'
import { log } from '../../src/main/engine/log/log'
import { followPower } from '../../src/main/hosts/electron/powerEvents'
import { powerMonitor, recorded, resetStandIn } from '../security/electronStandIn'

vi.mock('electron', () => import('../security/electronStandIn'))

beforeEach(resetStandIn)

test('a sleep is in the log; before a shutdown the app quits in its usual way', () => {
  const written = vi.spyOn(log, 'info').mockImplementation(() => undefined)
  followPower()
  powerMonitor.emit('suspend')
  powerMonitor.emit('resume')
  expect(written.mock.calls.map(([event]) => event)).toEqual(['system.suspended', 'system.resumed'])
  expect(recorded.calls).toEqual([])
  const preventDefault = vi.fn()
  powerMonitor.emit('shutdown', { preventDefault })
  expect(preventDefault).toHaveBeenCalledOnce()
  expect(recorded.calls).toEqual(['quit'])
})
