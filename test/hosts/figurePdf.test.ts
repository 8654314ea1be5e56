import { beforeEach, expect, test, vi } from 'vitest'
import { figurePdf } from '../../src/main/hosts/electron/figurePdf'
import { recorded, resetStandIn, StandInWindow } from '../security/electronStandIn'

vi.mock('electron', () => import('../security/electronStandIn'))

beforeEach(resetStandIn)

const figure = { svg: '<?xml version="1.0"?>\n<svg><text>Größe</text></svg>', width: 480, height: 192 }

test('a hidden window without scripts, with a session of its own, prints the drawing on a page of its size', async () => {
  let page = ''
  StandInWindow.loading = async () => {
    const response = await recorded.protocols.get('app')!(new Request('app://layerscope/figure.html'))
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    page = await response.text()
  }
  expect(Buffer.from(await figurePdf(figure)).toString()).toBe('%PDF-1.4')
  expect(page).toContain('<svg><text>Größe</text></svg>')
  expect(page).not.toContain('<?xml')
  expect(page).toContain('@page{size:480px 192px;margin:0}')
  const [window] = recorded.windows
  expect(window!.options).toMatchObject({ show: false, webPreferences: { javascript: false, sandbox: true } })
  expect(window!.options.webPreferences).not.toHaveProperty('preload')
  expect(recorded.calls).toContain('fromPartition figures')
  expect(recorded.printed).toEqual([
    {
      printBackground: true,
      preferCSSPageSize: true,
      pageSize: { width: 5, height: 2 },
      margins: { top: 0, bottom: 0, left: 0, right: 0 },
      pageRanges: '1'
    }
  ])
  expect(window!.destroyed).toBe(true)
  expect(recorded.protocols.has('app')).toBe(false)
})

test('one at a time, and one that fails leaves no window and does not keep the next from being printed', async () => {
  let loading = 0
  StandInWindow.loading = () => {
    loading++
    expect(recorded.windows.filter(({ destroyed }) => !destroyed)).toHaveLength(1)
    return loading === 1 ? Promise.reject(new Error('ERR_FAILED')) : Promise.resolve()
  }
  const [first, second] = await Promise.allSettled([figurePdf(figure), figurePdf(figure)])
  expect(first.status).toBe('rejected')
  expect(second.status).toBe('fulfilled')
  expect(recorded.windows.map(({ destroyed }) => destroyed)).toEqual([true, true])
})
