import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { fieldFacts, rangeText, requiredText } from '@shared/fieldFacts'
import { probeOptions } from '@shared/probeRequests'
import { strengths } from '@shared/tuning'
import { defineCommand, type Command } from '../../src/main/commandLine/command'
import { signature } from '../../src/main/commandLine/help'
import {
  choice,
  flag,
  fraction,
  number,
  numbers,
  output,
  repeated,
  required,
  withOptionalArgument,
  text,
  withDefault,
  type Values
} from '../../src/main/commandLine/option'
import { parseRequest } from '../../src/main/commandLine/parseRequest'
import { commands as entries } from '../../src/main/commands'

const commands = await Promise.all(entries.map((entry) => entry.load()))

const options = {
  model: required(text('PATH', 'a model')),
  part: repeated(text('FILE', 'a part')),
  seeds: number(probeOptions.entries.seeds, 'N', 'seeds'),
  seed: withDefault(number(probeOptions.entries.seed, 'N', 'the seed'), '1'),
  tune: numbers(strengths, 'LIST', 'values of C'),
  shares: numbers(v.array(v.number()), 'LIST', 'shares', fraction),
  pool: withDefault(choice(['first', 'last', 'mean'] as const, 'WAY', 'pooling'), 'first'),
  untrained: withOptionalArgument(number(probeOptions.entries.seed, 'N', 'a twin'), '1', /^\d+$/),
  'no-control': flag('no control task'),
  cka: flag('alikeness'),
  json: output('OUT', 'a file')
}

/** A command that does nothing but keep what it is given. */
function recorder(): { command: Command; given: { values?: Values<typeof options>; arguments?: readonly string[] } } {
  const given: { values?: Values<typeof options>; arguments?: readonly string[] } = {}
  const command = defineCommand({
    name: 'try',
    description: 'Tries.',
    arguments: [{ name: 'NAME', description: 'a name' }],
    options,
    examples: ['layerscope try --model m'],
    run: ({ values, arguments: names }) => {
      Object.assign(given, { values, arguments: names })
      return 0
    }
  })
  return { command, given }
}

test('options are read by their kinds', async () => {
  const { command, given } = recorder()
  const typed =
    '--model m name --part a --part b --seeds 20 --tune 0.1,1 --shares 1/4,0.5 --pool=mean --untrained --no-control --json -'
  expect(await command.run(typed.split(' '))).toBe(0)
  expect(given.values).toEqual({
    model: 'm',
    part: ['a', 'b'],
    seeds: 20,
    seed: 1,
    tune: [0.1, 1],
    shares: [0.25, 0.5],
    pool: 'mean',
    untrained: 1,
    'no-control': true,
    cka: false,
    json: '-'
  })
  expect(given.arguments).toEqual(['name'])
})

test('an option that may stand alone takes only what can be its argument', async () => {
  const { command, given } = recorder()
  await command.run(['--model', 'm', '--untrained', 'name'])
  expect(given).toMatchObject({ values: { untrained: 1 }, arguments: ['name'] })
  await command.run(['--model', 'm', '--untrained', '7', 'name'])
  expect(given).toMatchObject({ values: { untrained: 7 }, arguments: ['name'] })
})

describe('what cannot be read is refused in a sentence, before anything runs', () => {
  const lists = '`layerscope try --help` lists the options.'
  test.each([
    ['--seed 1', '--model is missing. `layerscope try --help` shows examples.'],
    ['--model m --seeds 21', '--seeds is 21; it must be at most 20.'],
    ['--model m --seeds 0', '--seeds is 0; it must be at least 1.'],
    ['--model m --seeds many', "--seeds is 'many'; it must be a whole number from 1 to 20."],
    ['--model m --seeds 1.5', "--seeds is '1.5'; it must be a whole number from 1 to 20."],
    ['--model m --seed -1', '--seed is -1; it must be at least 0.'],
    ['--model m --tune 1', '--tune is 1; it must have at least 2 values.'],
    ['--model m --tune 1,,2', "--tune is '1,,2'; it takes 2 to 12 values, each 0.000001 to 1,000,000."],
    ['--model m --tune 1,1e9', '--tune is 1,1e9; it must be at most 1,000,000, not 1000000000.'],
    ['--model m --pool frist', "--pool is 'frist'; it can be first, last, mean. Did you mean first?"],
    ['--model m --sedes 3', `Unknown option '--sedes'; did you mean --seeds? ${lists}`],
    ['--model m --nowhere', `Unknown option '--nowhere'. ${lists}`],
    ['--model m --pool first --pool last', '--pool is given 2 times; it can be given once.'],
    ['--model m a b', `'b' was not expected: an option comes before its value. ${lists}`],
    ['--model m a json', `'json' was not expected; did you mean --json? ${lists}`],
    ['--model m --json', `--json needs a value: --json OUT. ${lists}`],
    ['--model m --json --cka', `--json needs a value: --json OUT. ${lists}`],
    ['--model m --json nowhere/a.json', /^--json is 'nowhere\/a\.json', but there is no folder .*nowhere\. Create it/],
    ['--model m --json src', "--json is 'src', which is a folder; give the name of a file."]
  ])('%s', async (typed, sentence) => {
    const { command, given } = recorder()
    await expect(command.run(typed.split(' '))).rejects.toThrow(sentence)
    expect(given).toEqual({})
  })
})

describe('a request is parsed by the contract', () => {
  const request = {
    modelId: 'm',
    datasetId: 'd',
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first' as const,
    layers: null,
    maxTrainWords: null,
    maxTestWords: null,
    control: true,
    seed: 1
  }
  test('and completed by it', () => {
    expect(parseRequest('probe.run', request)).toMatchObject({ restarts: 1, probe: { kind: 'linear', penalty: 'l2' } })
  })

  test.each([
    [{ seeds: 21 }, { seeds: 'seeds' }, '--seeds is 21; it must be at most 20.'],
    [{ layers: [1, 2000] }, { layers: 'layers' }, '--layers is 2000; it must be at most 1,000.'],
    [{ probe: { kind: 'knn', k: 0 } }, { 'probe.k': 'k' }, '--k is 0; it must be at least 1.'],
    [{ pool: 'frist' }, { pool: 'pool' }, "--pool is 'frist'; it can be first, last, mean."],
    [{ seeds: 21 }, {}, 'This cannot be run: seeds: it must be at most 20.']
  ])('%o', (change, names, sentence) => {
    expect(() => parseRequest('probe.run', { ...request, ...(change as object) }, names)).toThrow(sentence)
  })
})

test('facts of a field in words', () => {
  expect(rangeText(fieldFacts(probeOptions.entries.restarts))).toBe('1 to 100')
  expect(fieldFacts(probeOptions.entries.restarts).default).toBe(1)
  expect(rangeText(fieldFacts(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))))).toBe('above 0, at most 1')
  expect(rangeText(fieldFacts(v.pipe(v.number(), v.minValue(0), v.ltValue(0.9))))).toBe('at least 0, below 0.9')
  expect(requiredText(fieldFacts(probeOptions.entries.seed))).toBe('a whole number from 0 on')
  expect(fieldFacts(v.optional(v.picklist(['a', 'b']), 'a'))).toEqual({ choices: ['a', 'b'], default: 'a' })
})

describe('every command', () => {
  test('has a name of its own', () => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length)
    expect(commands.map(({ name }) => name)).toEqual(entries.map(({ name }) => name))
  })

  test.each(commands.map((command) => [command.name, command] as const))(
    '%s explains every option',
    (name, command) => {
      const help = command.help()
      expect(help).toContain(`  layerscope ${name}`)
      expect(help).toContain('Example')
      expect(help).toContain('Exit codes: 0 done; 1 refused')
      for (const [option, declared] of Object.entries(command.options)) {
        expect(help).toContain(`  ${signature(option, declared)}`)
        if (declared.default !== undefined) expect(help.replace(/\s+/g, ' ')).toContain(`default ${declared.default}`)
      }
    }
  )

  // What serves a window has nothing to write.
  const writing = commands.filter(({ name }) => !['serve', 'engine'].includes(name))
  test.each(writing.map((command) => [command.name, command] as const))('%s writes JSON', (_, command) => {
    expect(Object.keys(command.options)).toContain('json')
  })
})
