import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childProcesses } from '../hosts/fixtures/processes'
import { expect, startApp, test } from './fixtures/app'

test('the printed address opens the window, and the token does not stay in it', async ({ page, app }) => {
  await expect(page).toHaveTitle('Layerscope')
  expect(page.url()).toBe(`${new URL(app.url).origin}/`)
})

test('a browser without the token is refused in a sentence', async ({ browser, app }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const response = await page.goto(new URL(app.url).origin)
  expect(response?.status()).toBe(403)
  await expect(page.locator('body')).toHaveText(
    'This window has no valid key. Open the address that Layerscope printed when it started, with its token.'
  )
  await context.close()
})

test('a page of another origin cannot reach the socket', async ({ browser, app }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await page.goto('data:text/html,<title>elsewhere</title>')
  const closed = await page.evaluate(
    (address) => {
      return new Promise<string>((resolve) => {
        const socket = new WebSocket(address)
        socket.onopen = () => resolve('open')
        socket.onclose = () => resolve('refused')
      })
    },
    `${new URL(app.url).origin.replace('http', 'ws')}/socket`
  )
  expect(closed).toBe('refused')
  await context.close()
})

test('SIGTERM stops the app with code 0', async () => {
  const app = await startApp()
  expect(await app.stop()).toBe(0)
})

test('the window says so when its server is gone', async ({ browser }) => {
  const app = await startApp()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await expect(page.getByRole('button', { name: /all-MiniLM-L6-v2/ })).toBeVisible()
  await app.stop()
  const banner = page.getByRole('alert').filter({ hasText: 'Restart the engine' })
  await expect(banner).toContainText(
    'Layerscope no longer responds. Start it again (`npm start`) and open the address it prints.',
    { timeout: 40_000 }
  )
  await context.close()
})

test('the window opens where it was left', async ({ browser }) => {
  const data = await mkdtemp(join(tmpdir(), 'layerscope-e2e-'))
  const open = async () => {
    const app = await startApp([], { LAYERSCOPE_DATA: data })
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(app.url)
    return { page, close: () => Promise.all([context.close(), app.stop()]) }
  }
  const first = await open()
  await first.page.getByRole('textbox', { name: 'Type a sentence' }).fill('Colourless green ideas sleep furiously.')
  await first.page.keyboard.press('Enter')
  await first.page.getByRole('tab', { name: 'Projection' }).click()
  const kept = (): Promise<string> => readFile(join(data, 'state.json'), 'utf8').catch(() => '')
  await expect.poll(async () => /"view": "projection"/.test(await kept()) && /Colourless/.test(await kept())).toBe(true)
  await first.close()

  const second = await open()
  await expect(second.page.getByRole('tab', { name: 'Projection' })).toHaveAttribute('aria-selected', 'true')
  await expect(second.page.getByRole('complementary').getByText('Colourless').first()).toBeVisible()
  await second.close()
  await rm(data, { recursive: true, force: true })
})

test('the engine dies, and the window goes on where it was', async ({ browser }) => {
  const app = await startApp()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  const box = page.getByRole('textbox', { name: 'Type a sentence' })
  await box.fill('The first sentence.')
  await box.press('Enter')
  await expect(page.getByRole('complementary').getByText('sentence').first()).toBeVisible()
  for (const pid of childProcesses(app.process.pid!)) process.kill(pid, 'SIGKILL')
  await box.fill('Another sentence after the crash.')
  await box.press('Enter')
  await expect(page.getByRole('complementary').getByText('crash').first()).toBeVisible()
  await expect(page.getByRole('button', { name: /native CPU|WebAssembly|TensorFlow/ })).toBeVisible()
  await context.close()
  expect(await app.stop()).toBe(0)
})
