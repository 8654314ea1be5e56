import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { calls, type CallName } from '@shared/contract'
import { commands as entries } from '../../src/main/commands'

// Every command that runs something runs a request of the contract, complete: parsing it again changes nothing. The
// services are stand-ins that end the command where the request arrives.

class Arrived extends Error {}

const state = vi.hoisted(() => ({ services: {} as Record<string, unknown> }))
vi.mock('../../src/main/commandLine/withServices', () => ({
  withServices: (work: (services: unknown, backend: unknown) => unknown) =>
    Promise.resolve(work(state.services, { name: 'cpu', title: 'CPU' }))
}))

const folder = mkdtempSync(join(tmpdir(), 'layerscope-requests-'))
afterEach(() => vi.restoreAllMocks())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const interventions = join(folder, 'set.json')
writeFileSync(
  interventions,
  JSON.stringify({
    name: 'No head',
    interventions: [{ at: 'blocks.0.attn.result', heads: [1], edit: { kind: 'zero' } }]
  })
)

const model = { id: 'model', name: 'tiny', kind: 'transformer', layers: 4, heads: 4, head: true, notes: ['A note.'] }
const tasks = [
  { id: 'upos', unit: 'token', kind: 'class' },
  { id: 'score', unit: 'sentence', kind: 'number' }
]
const dataset = { id: 'data', name: 'corpus', tasks, warnings: [], notes: [] }
const layer = { layer: 0, accuracy: 0.5 }
const answers: Record<string, unknown> = {
  'models.open': model,
  'datasets.open': dataset,
  'probes.title': 'title',
  'curves.title': 'title',
  'datasets.info': dataset,
  'runs.run': { id: 'run', model, layers: [layer] },
  'compare.differences': [],
  'results.list': []
}

/** Services whose methods end the command with the request of `call`, and answer others as if they had run. */
function standIns(call: CallName, arrived: (request: unknown) => void): Record<string, unknown> {
  const isRequest = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && v.safeParse(calls[call].input, value).success
  const service = (name: string): unknown =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...given: unknown[]): unknown => {
            const work = given.find((value) => typeof value === 'function') as ((job: unknown) => unknown) | undefined
            if (work) return Promise.resolve(work({}))
            const request = given.find(isRequest)
            if (request !== undefined && !['models', 'datasets'].includes(name)) {
              arrived(request)
              throw new Arrived()
            }
            return answers[`${name}.${String(method)}`]
          }
      }
    )
  return new Proxy({}, { get: (_, name) => service(String(name)) })
}

async function requestOf(call: CallName, typed: string): Promise<unknown> {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  let request: unknown
  state.services = standIns(call, (given) => (request = given))
  const [name, ...parameters] = typed.split(' ')
  const command = await entries.find((candidate) => candidate.name === name)!.load()
  await expect(command.run(parameters)).rejects.toThrow(Arrived)
  return request
}

const probing = '--model m --train a --test b'
const ablating = 'ablate --model m --data c'

test.each<[CallName, string, object]>([
  [
    'activations.extract',
    `extract --model m --data a --out ${folder}/a.safetensors`,
    { pool: 'first', maxWords: null }
  ],
  [
    'probe.run',
    `probe ${probing} --task upos --seeds 20 --layers 0,4 --probe knn --k 7 --untrained 3`,
    { task: 'upos', seeds: 20, layers: [0, 4], probe: { kind: 'knn', k: 7, metric: 'euclidean' }, control: true }
  ],
  ['probe.run', `probe ${probing} --probe structural`, { probe: { kind: 'structural', batch: 20 } }],
  ['probe.run', `probe ${probing} --task upos --recipe hewittLiang2019 --no-control`, { control: false }],
  ['probe.run', `probe ${probing} --task upos --codelength`, { codelength: true }],
  [
    'probe.run',
    `probe ${probing} --task upos --probe mlp --variational-code`,
    { codelength: 'variational', probe: { kind: 'mlp' } }
  ],
  ['probe.run', `probe ${probing} --task score --pool mean --c 0.01`, { task: 'score', pool: 'mean' }],
  [
    'curve.run',
    `curve --kind size ${probing} --task upos --shares 1/4,1`,
    { curve: { kind: 'size', shares: [0.25, 1], draws: 3 } }
  ],
  [
    'curve.run',
    'curve --kind languages --model m --part en_pud.conllu --part de_pud.conllu --task upos',
    { curve: { kind: 'languages', splits: ['en_pud', 'de_pud'], trainShare: 0.7 } }
  ],
  ['pairs.run', 'minimal-pairs --model m --data pairs --pairs 3', { path: 'pairs', pairs: 3 }],
  ['probe.run', 'compare --model m --model n --train a --test b --label upos', { task: 'upos', layers: null }],
  ['compare.cka', 'compare --model m --model n --train a --test b --label upos --cka', { sample: 4000 }],
  ['ablation.scan', `${ablating} --unit mlp --edit scale:0.5`, { unit: 'mlp', edit: { kind: 'scale', factor: 0.5 } }],
  ['ablation.scan', `${ablating} --edit noise --seed 3`, { edit: { kind: 'noise', size: 1, seed: 3 } }],
  ['ablation.prune', `${ablating} --loss --prune 12`, { steps: 12, loss: true }],
  ['ablation.map', `${ablating} --tasks upos,xpos --train a`, { runs: [{ runId: 'run', layer: 4 }, { layer: 4 }] }],
  ['ablation.set', `${ablating} --interventions ${interventions} --watch the`, { watched: 'the', loss: true }],
  ['ablation.change', `${ablating} --interventions ${interventions} --change`, { randomSets: 10 }],
  ['ablation.probes', `${ablating} --interventions ${interventions} --retrain upos --train a`, { tasks: ['upos'] }],
  ['ablation.pairs', `${ablating} --interventions ${interventions} --pairs p`, { path: 'p', pairs: 50 }],
  [
    'ablation.similarity',
    `${ablating} --interventions ${interventions} --first A --second B`,
    { first: { kind: 'text', text: 'A' } }
  ],
  ['ablation.eraser', `${ablating} --erase upos --train a --layers 2`, { task: 'upos', layers: [2], rounds: 8 }],
  ['ablation.patch', 'patch --model m --text A --source B --first is --second are', { kind: 'resid', place: null }],
  [
    'geometry.layers',
    'geometry --model m --data a --max-words 500',
    { maxWords: 500, draw: 1, contexts: 5, sample: 1000, dimensionWords: 5000, pool: 'first' }
  ],
  ['ablation.heads', 'heads --model m --data a', { maxWords: 10_000 }],
  ['ablation.neurons', 'neurons --model m --train a --data b --label upos', { layer: 2, pool: 'last', site: 'resid' }]
])('%s: %s', async (call, typed, expected) => {
  const request = await requestOf(call, typed)
  expect(request).toMatchObject(expected)
  expect(v.parse(calls[call].input, request)).toEqual(request)
})

test.each([
  [`probe ${probing} --task upos --seeds 21`, '--seeds is 21; it must be at most 20.'],
  [`probe ${probing} --task upos --layers 5`, 'tiny has no layer 5; it has layers 0 to 4. Change --layers.'],
  [`probe ${probing} --task upos --label upos`, '--label is the same as --task; give one of them.'],
  [
    `probe ${probing} --task upos --codelength --variational-code`,
    'A run measures one description length: give --codelength or --variational-code.'
  ],
  [`probe ${probing} --task upos --probe knn --variational-code`, 'The variational code is for linear and MLP probes'],
  [`probe ${probing}`, '--task is missing. `layerscope probe --help` shows examples.'],
  [`curve --kind size ${probing} --task upos --sizes 8`, "--sizes is not an option of the curve 'size'; it belongs to"],
  [`curve --kind size ${probing} --task upos --shares 2`, '--shares is 2; it must be at most 1.'],
  [`neurons --model m --train a --data b --label upos --layer 5`, 'tiny has no layer 5; it has'],
  [`${ablating} --tasks upos`, '--train is missing. `layerscope ablate --help` shows examples.'],
  [`${ablating} --edit scale:much`, "--edit is 'scale:much'; scale: must be followed by a number."]
])('%s is refused in a sentence', async (typed, sentence) => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  state.services = standIns('probe.run', () => undefined)
  const [name, ...parameters] = typed.split(' ')
  const command = await entries.find((candidate) => candidate.name === name)!.load()
  await expect(async () => command.run(parameters)).rejects.toThrow(sentence)
})
