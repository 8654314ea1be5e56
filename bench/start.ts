import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { appRoot } from '../src/main/engine/paths'
import { findChromium, needsNoSandbox } from '../src/main/hosts/http/browser'
import { median, report } from './support'

/**
 * From `npm start` (set up before) to a window that answers, and from a typed sentence to its attention on the screen.
 * Settings are kept from one round to the next, as they are for a person; the first round, which starts with none, is
 * not counted.
 */
const rounds = Number(process.env['ROUNDS'] ?? 5)
const data = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
const executablePath = findChromium() ?? undefined
const sentences = [
  'The keys to the cabinet are on the table.',
  'The bank raised its interest rates before the flood reached the river bank.',
  'Colorless green ideas sleep furiously.',
  'I saw the man with the telescope on the hill.'
]

interface Round {
  /** Seconds until the server printed its address. */
  address: number
  /** Until the window shows model, data and the sentence list and takes input. */
  interactive: number
  /** Until the attention of the first sentence is drawn. */
  attention: number
  typed: number[]
}

async function round(): Promise<Round> {
  const started = performance.now()
  const since = (): number => (performance.now() - started) / 1000
  const child = spawn('npm', ['start'], {
    cwd: appRoot(),
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: { ...process.env, LAYERSCOPE_DATA: data, DISPLAY: '', WAYLAND_DISPLAY: '' }
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  // The browser starts beside the server, as the window of an app does beside its main process.
  const launching = chromium.launch({ executablePath, args: needsNoSandbox() ? ['--no-sandbox'] : [] })
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      const found = /Layerscope at (\S+)/.exec(text)
      if (found) resolve(found[1]!)
    })
    void ended.then(() => reject(new Error('npm start ended before it printed its address.')))
  })
  const address = since()
  const browser = await launching
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(url)
    await page.getByRole('textbox', { name: 'Type a sentence' }).waitFor()
    await page.getByRole('region', { name: 'Inspector' }).getByRole('heading').first().waitFor()
    const interactive = since()
    await tokensDrawn(page, null)
    const attention = since()
    const typed: number[] = []
    for (const sentence of sentences) typed.push(await typeSentence(page, sentence))
    return { address, interactive, attention, typed }
  } finally {
    await browser.close()
    process.kill(-child.pid!, 'SIGTERM')
    await ended
  }
}

/** Waits for the tokens of a head's lines to hold a word, and for the frame after that to be on the screen. */
async function tokensDrawn(page: Page, word: string | null): Promise<void> {
  const tokens = page.getByRole('listbox', { name: 'Tokens that look', exact: true }).getByRole('option')
  await (word === null ? tokens.first() : tokens.filter({ hasText: word }).first()).waitFor()
  // The scripts of a page are no part of this program's types: they go as text.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
}

async function typeSentence(page: Page, sentence: string): Promise<number> {
  const field = page.getByRole('textbox', { name: 'Type a sentence' })
  await field.fill(sentence)
  const started = performance.now()
  await field.press('Enter')
  await tokensDrawn(page, sentence.split(' ')[1]!.toLowerCase())
  return (performance.now() - started) / 1000
}

await round()
const results: Round[] = []
for (let i = 0; i < rounds; i++) results.push(await round())
rmSync(data, { recursive: true, force: true })
const typed = results.flatMap((result) => result.typed)
report('start', {
  address: median(results.map((result) => result.address)),
  interactive: median(results.map((result) => result.interactive)),
  attention: median(results.map((result) => result.attention)),
  typed: median(typed),
  typedWorst: Math.max(...typed),
  wanted: { interactive: 3, typed: 0.3 },
  rounds: results.map(({ interactive }) => interactive)
})
