import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands as entries } from '../../src/main/commands'
import { words } from './shellWords'

// What README, docs and help texts show can be typed: each line is read by its command, and nothing runs.

const commands = await Promise.all(entries.map((entry) => entry.load()))

/** Commands that a text shows on lines of their own, lines that a shell reads on joined. */
function shown(text: string): string[] {
  return text
    .replace(/ \\\n\s*/g, ' ')
    .split('\n')
    .map((line) => /^(?: {2,}|)(?:npx )?(layerscope (?!-).*)$/.exec(line)?.[1] ?? '')
    .map((line) => line.replace(/ {2,}#.*$/, '').trim())
    .filter((line) => line !== '' && !/COMMAND|\.\.\.| ID\b|\[/.test(line))
}

function check(line: string): void {
  const [, name, ...parameters] = words(line)
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) throw new Error(`'${line}' names no command.`)
  command.check(parameters)
}

const files = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter(
  (path) => path.endsWith('.md') && path !== join('docs', 'command-line.md')
)
const examples = files.flatMap((file) => shown(readFileSync(file, 'utf8')).map((line) => [file, line] as const))

test('README has examples', () => {
  expect(examples.filter(([file]) => file === 'README.md').length).toBeGreaterThan(8)
})

test.each(examples)('%s: %s', (_, line) => {
  check(line)
})

describe('examples in the help', () => {
  test.each(commands.map((command) => [command.name, command] as const))('%s', (_, command) => {
    const text = command.help()
    const lines = shown(text.slice(text.indexOf('\nExample')))
    expect(lines.length).toBeGreaterThan(0)
    lines.forEach(check)
  })
})
