import { expect, test } from './fixtures/app'
import { startDesktopApp, type RunningDesktopApp } from './fixtures/desktopApp'

let app: RunningDesktopApp

test.beforeAll(async () => {
  app = await startDesktopApp()
})
test.afterAll(() => app.stop())

test('the window comes from app:// and has two functions of ours', async () => {
  expect(app.url).toBe('app://layerscope/index.html')
  const seen = await app.window!.evaluate(() => ({
    bridge: Object.keys((window as unknown as { layerscope: object }).layerscope),
    node: [typeof (globalThis as { require?: unknown }).require, typeof (globalThis as { process?: unknown }).process]
  }))
  expect(seen).toEqual({ bridge: ['call', 'subscribe'], node: ['undefined', 'undefined'] })
})

test('a page elsewhere is not gone to, and a second window does not open', async () => {
  await app.window!.evaluate(() => {
    window.open('https://example.org/')
    window.location.href = 'https://example.org/'
  })
  await expect.poll(() => app.window!.url()).toBe('app://layerscope/index.html')
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test("the operating system's dialog gives the path that was chosen", async () => {
  await app.electron.evaluate(({ dialog }) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: ['/models/bert'] })
  })
  const answer = await app.window!.evaluate(() => {
    const { layerscope } = window as unknown as {
      layerscope: { call(name: string, input: unknown): Promise<{ output: unknown }> }
    }
    return layerscope.call('files.pick', { kind: 'model' })
  })
  expect(answer.output).toEqual(['/models/bert'])
})
