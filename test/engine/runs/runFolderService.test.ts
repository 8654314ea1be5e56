import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KnownRuns } from '../../../src/main/engine/runs/knownRuns'
import { RunFolder } from '../../../src/main/engine/runs/runFolder'
import { RunFolderService } from '../../../src/main/engine/services/runFolderService'
import { dryPlan } from './fixtures/dry'

// What the window shows of runs, and how it continues them; a shell script stands for the workers.

let folder: string
let known: KnownRuns
let service: RunFolderService
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-runs-'))
  known = new KnownRuns(join(folder, 'data/runs'))
  service = new RunFolderService(known, join(folder, 'library'))
  mkdirSync(join(folder, 'library'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))

/** A run of four units in two tasks, whose worker writes units but those that `skip` names. */
function newRun(): RunFolder {
  const program = join(folder, 'work.sh')
  const plan = dryPlan(4, 2, { program: `sh '${program}'`, attempts: 1 })
  const run = RunFolder.create(join(folder, 'run'), plan)
  for (const task of [0, 1]) {
    const keys = plan.units.filter((unit) => unit.task === task).map(({ key }) => key)
    writeFileSync(run.place(`keys-${task}`), keys.map((key) => `${key}\n`).join(''))
  }
  writeFileSync(
    program,
    `[ "$3" = 1 ] && [ ! -e "$2/works" ] && { echo 'There is no such disk.'; exit 1; }
while read -r key; do
  mkdir -p "$2/working-$3/$key"
  echo "{\\"id\\": \\"k-$key\\"}" > "$2/working-$3/$key/result.json"
  echo '{}' > "$2/working-$3/$key/record.json"
  mv "$2/working-$3/$key" "$2/units/$key"
done < "$2/keys-$3"
rmdir "$2/working-$3"
`
  )
  return run
}

const statesOf = async (path: string): Promise<string[]> => (await service.read(path)).units.map(({ state }) => state)

test.skipIf(process.platform === 'win32')('a run is listed, followed, tried again, and collected', async () => {
  const run = newRun()
  expect(service.list()).toEqual([])
  known.add(run.path)
  known.add(join(folder, 'gone'))
  const entry = { path: run.path, name: 'dry', on: 'local', createdAt: run.plan.createdAt, units: 4, kept: 0 }
  expect(service.list()).toEqual([entry])
  expect(await service.read(run.path)).toMatchObject({ entry, active: false, followed: false, trouble: null })
  expect(await statesOf(run.path)).toEqual(['missing', 'missing', 'missing', 'missing'])

  await service.resume(run.path, false)
  await vi.waitFor(async () => expect((await service.read(run.path)).followed).toBe(false), 20_000)
  expect(await statesOf(run.path)).toEqual(['kept', 'kept', 'named', 'named'])
  expect((await service.read(run.path)).units[2]!.why).toBe(
    'Its task ended 1 times before a unit began. Its last line: There is no such disk.'
  )

  writeFileSync(run.place('works'), '')
  await service.resume(run.path, true)
  await vi.waitFor(async () => expect(await statesOf(run.path)).toEqual(Array(4).fill('kept')), 20_000)
  expect(service.collect(run.path)).toEqual({ added: 4, there: 0 })
  expect(service.collect(run.path)).toEqual({ added: 0, there: 4 })
  expect(readdirSync(join(folder, 'library'))).toHaveLength(4)
  expect(service.list()).toEqual([{ ...entry, kept: 4 }])
  service.forget(run.path)
  expect(service.list()).toEqual([])
})

test('the log of a unit, and a run that is cancelled', async () => {
  const run = newRun()
  known.add(run.path)
  const [first, second] = run.plan.units
  const file = run.place('logs/0.out')
  writeFileSync(file, 'It computes.\n')
  const about = { task: 0, host: 'n1', pid: 1, job: '7_0', log: file, memory: 1 }
  run.end(first!.key, run.begin(first!.key, about), { outcome: 'refused', error: 'There is no layer 9.' })
  const { units } = await service.read(run.path)
  expect(units[0]).toMatchObject({
    state: 'named',
    attempts: 1,
    host: 'n1',
    job: '7_0',
    why: 'There is no layer 9.',
    hasLog: true
  })
  expect(service.log(run.path, first!.key)).toEqual({ path: file, text: 'It computes.\n' })
  expect(() => service.log(run.path, second!.key)).toThrow('No try of this unit has a log')
  expect(() => service.log(run.path, '0')).toThrow('The run has no such unit.')
  await service.cancel(run.path)
  expect(await service.read(run.path)).toMatchObject({ stopped: true, active: false })
})

test('a folder that no command has named is refused: its plan says which programs start', async () => {
  const { path } = newRun()
  const refusal = `No command has started or shown a run in ${path}: type \`layerscope run status ${path}\`.`
  await expect(service.read(path)).rejects.toThrow(refusal)
  await expect(service.resume(path, false)).rejects.toThrow(refusal)
  await expect(service.cancel(path)).rejects.toThrow(refusal)
  expect(() => service.collect(path)).toThrow(refusal)
})
