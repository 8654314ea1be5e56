import { expect, onTestFinished, test, vi } from 'vitest'
import { droppedPaths, ipcTransport, type PreloadBridge } from '../../../src/renderer/client/ipcTransport'
import type { Frame } from '../../../src/shared/rpc/frames'

function bridgeThatAnswers(frame: Frame): PreloadBridge & { asked: unknown[][] } {
  const asked: unknown[][] = []
  return {
    asked,
    call(name, input) {
      asked.push([name, input])
      return Promise.resolve(frame)
    },
    subscribe: () => () => undefined
  }
}

test('answers are unwrapped, failures become the errors they were', async () => {
  const bridge = bridgeThatAnswers({ kind: 'answer', id: 0, output: 42 })
  expect(await ipcTransport(bridge).call('app.info', { a: 1 })).toBe(42)
  expect(bridge.asked).toEqual([['app.info', { a: 1 }]])
  const failing = bridgeThatAnswers({
    kind: 'failure',
    id: 0,
    error: { name: 'UserError', message: 'There is nothing here.', user: true }
  })
  await expect(ipcTransport(failing).call('app.info', {})).rejects.toMatchObject({
    name: 'UserError',
    message: 'There is nothing here.'
  })
})

test('dropped files have paths in the desktop app and none in a browser', async () => {
  vi.stubGlobal('window', {})
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(await droppedPaths([])).toBeNull()
  const bridge = bridgeThatAnswers({ kind: 'answer', id: 0, output: ['/home/a/model'] })
  vi.stubGlobal('window', { layerscope: bridge })
  const files = [new File([], 'model')]
  expect(await droppedPaths(files)).toEqual(['/home/a/model'])
  expect(bridge.asked).toEqual([['files.dropped', files]])
})
