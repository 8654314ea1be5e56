import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Command } from '../../src/main/commandLine/command'
import { commands as entries } from '../../src/main/commands'
import { commandLines, data, model, run } from './commandLines'

// What is wrong with a command line is said before anything is opened or computed, for every command and option.

const started = vi.hoisted(() => ({ count: 0, allowed: false }))
vi.mock(import('../../src/main/commandLine/withServices'), async (original) => {
  const { withServices } = await original()
  return {
    withServices: (work, ...rest) => {
      started.count++
      if (!started.allowed) throw new Error('Work began.')
      return withServices(work, ...rest)
    }
  }
})

const folder = mkdtempSync(join(tmpdir(), 'layerscope-before-'))
const cache = join(folder, 'cache')
beforeAll(() => {
  vi.stubEnv('LAYERSCOPE_CACHE', cache)
  vi.stubEnv('LAYERSCOPE_DATA', join(folder, 'data'))
})
afterEach(() => {
  vi.restoreAllMocks()
  Object.assign(started, { count: 0, allowed: false })
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const commands: Command[] = await Promise.all(entries.map((entry) => entry.load()))
const labelled = ['--train', data, '--test', data]
/** Of commands that read no file; fine-tuning with a model and data. */
const further: Record<string, string[]> = {
  fetch: ['bert-base-uncased'],
  results: ['ID'],
  finetune: ['--model', model, ...labelled, '--task', 'upos']
}
const typedOf = ({ name }: Command): string[] => further[name] ?? commandLines[name]?.typed ?? []

/** Without the option and its value, so that it can be given once more. */
function without(typed: readonly string[], key: string): string[] {
  const at = typed.indexOf(`--${key}`)
  return at < 0 ? [...typed] : typed.toSpliced(at, 2)
}

async function refused(name: string, typed: readonly string[], sentence: RegExp | string): Promise<void> {
  const { code, said, printed } = await run(name, typed)
  if (typeof sentence === 'string') expect(said).toContain(sentence)
  else expect(said).toMatch(sentence)
  expect([code, printed, started.count]).toEqual([1, '', 0])
}

describe.each(commands.map((command) => [command.name, command] as const))('%s', (name, command) => {
  const options = Object.entries(command.options)

  test('unknown options', async () => {
    await refused(name, [...typedOf(command), '--nowhere'], "Unknown option '--nowhere'.")
    await refused(name, [...typedOf(command), '--nowhere=1'], "Unknown option '--nowhere=1'.")
    await refused(name, [...typedOf(command), '-z'], "Unknown option '-z'")
  })

  test('arguments that were not expected', async () => {
    // The window opens any number of files; results are deleted several at a time.
    if (name === 'serve' || name === 'results') return
    await refused(name, [...typedOf(command), 'stray1', 'stray2'], /^'stray[12]' was not expected/)
  })

  test('options given twice, unless they may be', async () => {
    for (const [key, { argument, repeatable, alone }] of options) {
      if (repeatable) continue
      const once = argument === null ? [`--${key}`] : [`--${key}`, alone ? alone.means : '1']
      const typed = [...without(typedOf(command), key), ...once, ...once]
      await refused(name, typed, `--${key} is given 2 times; it can be given once.`)
    }
  })

  test('values that an option cannot have', async () => {
    for (const [key, { argument, range }] of options) {
      if (argument === null || range === '') continue
      await refused(
        name,
        [...without(typedOf(command), key), `--${key}`, 'n0nsense'],
        /^--\S+ is ('?n0nsense|not an option of)|^'n0nsense' is not a port/
      )
    }
  })

  test('outputs that cannot be written', async () => {
    const before = readdirSync(folder)
    for (const [key, { writes, argument, description }] of options) {
      if (argument !== null && /^(write|where to write|an? .*file to write)/i.test(description))
        expect(writes).toBe(true)
      if (!writes) continue
      const to = (path: string): string[] => [...without(typedOf(command), key), `--${key}=${path}`]
      await refused(
        name,
        to(join(folder, 'nowhere', 'out.json')),
        `, but there is no folder ${join(folder, 'nowhere')}.`
      )
      await refused(name, to(folder), `--${key} is '${folder}', which is a folder; give the name of a file.`)
      await refused(
        name,
        to('/proc/out.json'),
        /^--\S+ is '\/proc\/out\.json', (which is not writable|but there is no)/
      )
    }
    expect(readdirSync(folder)).toEqual(before)
  })

  test('outputs over what is read, or over one another', async () => {
    const file = join(folder, 'both.json')
    writeFileSync(file, '{}')
    const outputs = options.filter(([, { writes }]) => writes).map(([key]) => key)
    const reading = Object.keys(commandLines[name]?.reads ?? {}).filter((place) => place.startsWith('--'))
    for (const key of outputs) {
      for (const place of reading) {
        const typed = without(without(typedOf(command), key), place.slice(2))
        await refused(name, [...typed, place, file, `--${key}=${file}`], `which ${place} reads. It would be lost`)
      }
      for (const second of outputs.filter((output) => output > key)) {
        const typed = without(without(typedOf(command), key), second)
        await refused(name, [...typed, `--${key}=${file}`, `--${second}=${file}`], 'Give each its own file.')
      }
    }
    rmSync(file)
  })
})

/** Every option that names a layer, a head or a token of the model, with one that it does not have. */
const beyond: Record<string, [typed: string[], sentence: string][]> = {
  probe: [[['--model', model, ...labelled, '--task', 'upos', '--layers', '1,99'], 'no layer 99']],
  curve: [
    [['--kind', 'restarts', '--model', model, ...labelled, '--task', 'upos', '--layers', '99'], 'no layer 99'],
    [['--kind', 'size', '--model', model, ...labelled, '--task', 'upos', '--layers', '0,99'], 'no layer 99']
  ],
  ablate: [
    [['--model', model, '--data', data, '--label', 'upos', '--train', data, '--probe-layer', '99'], 'no layer 99'],
    [['--model', model, '--data', data, '--erase', 'upos', '--train', data, '--layers', '99'], 'no layer 99']
  ],
  neurons: [[['--model', model, '--train', data, '--data', data, '--label', 'upos', '--layer', '99'], 'no layer 99']],
  patch: [
    [
      ['--model', model, '--text', 'a b', '--source', 'c d', '--first', 'the', '--second', 'a', '--place', '99'],
      'no token 99'
    ]
  ],
  direct: [[['--model', model, '--text', 'The dog barks', '--place', '99'], 'no token 99']],
  attribute: [[['--model', model, '--text', 'The dog barks', '--place', '99'], 'no token 99']],
  finetune: [
    [
      ['--model', model, ...labelled, '--task', 'upos', '--method', 'frozen', '--frozen-blocks', '99'],
      '99 blocks cannot be frozen: the model has 4.'
    ]
  ]
}
/** Options whose names say otherwise: shapes of a schedule, and the layer of a kept probe. */
const notLayers = new Set(['layer-decay', 'layer-schedule'])

test('every option that names a layer or a place is tried', () => {
  const named = commands.flatMap(({ name, options }) =>
    Object.entries(options)
      .filter(([key, { argument }]) => argument !== null && /layer|place/.test(key) && !notLayers.has(key))
      .map(([key]) => `${name} --${key}`)
  )
  const tried = Object.entries(beyond).flatMap(([name, lines]) => lines.map(([typed]) => `${name} ${typed.at(-2)}`))
  // Of `pretrain` it is how many blocks the new model has.
  expect(new Set([...tried, 'attribute --layer', 'pretrain --layers'])).toEqual(
    new Set([...named, 'finetune --frozen-blocks'])
  )
})

describe.each(Object.entries(beyond))('%s beyond the model', (name, lines) => {
  test.each(lines)('%j', async (typed, sentence) => {
    started.allowed = true
    const { code, said, printed } = await run(name, typed)
    expect(said).toContain(sentence)
    expect([code, printed]).toEqual([1, ''])
    expect(existsSync(join(cache, 'activations'))).toBe(false)
  })
})

test('a new folder that cannot be made', async () => {
  mkdirSync(join(folder, 'there'))
  const typed = ['--model', model, ...labelled, '--task', 'upos', '--out']
  await refused('finetune', [...typed, join(folder, 'there')], 'which is there already')
  await refused('finetune', [...typed, join(folder, 'nowhere', 'new')], 'but there is no folder')
  await refused('finetune', [...typed, '/proc/new'], '--out is')
})

test.each([
  ['finetune', 'test/fixtures/training', ['--model', model]],
  ['finetune', 'test/fixtures/training', ['--epochs', '2']],
  // Its default, but typed.
  ['finetune', 'test/fixtures/training', ['--seeds', '1']],
  ['finetune', 'test/fixtures/training', ['--lora-rank', '4']],
  ['finetune', 'test/fixtures/training', ['--dry-run']],
  ['finetune', 'test/fixtures/training', ['--header', 'yes']],
  ['tokenize', 'test/fixtures/tokenizers', ['--text', 'a']],
  ['tokenize', 'test/fixtures/tokenizers', ["'MODEL'"]]
])('%s --cases refuses what it would ignore', async (name, cases, [first, ...rest]) => {
  const typed = ['--cases', cases, first!.replaceAll("'", ''), ...rest]
  await refused(name, typed, `--cases takes only --json beside it; leave out ${first}.`)
})
