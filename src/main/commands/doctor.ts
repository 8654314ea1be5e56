import type { GraphicsAdapter } from '@shared/backend'
import { defineCommand } from '../commandLine/command'
import { jsonAlone } from '../commandLine/commonOptions'
import { examine, type DoctorReport } from '../engine/doctor/doctor'
import type { LogLine } from '../engine/log/log'
import { gibibytes } from '../engine/models/memory/memoryPlan'
import { appVersion } from '../engine/paths'

export const doctorCommand = defineCommand({
  name: 'doctor',
  description:
    'Looks at the machine, the folders, the backends, the log and the kept results, and changes nothing. Tokens and ' +
    'passwords are not shown; paths are. Read it before you post it.',
  options: { json: jsonAlone },
  examples: ['layerscope doctor', 'layerscope doctor --json report.json'],
  async run({ values, report }) {
    const found = await examine(appVersion())
    report.result(values.json, found, () => asText(found))
    return 0
  }
})

type Rows = readonly (readonly [string, string])[]

function asText(found: DoctorReport): string {
  const { versions, processor, memory, folders, backends, environment, log, errors, results, problems } = found
  const { backend } = backends
  return [
    section('Problems', problems.length > 0 ? problems.map((problem) => ['', problem]) : [['', 'none found']]),
    section('Versions', [
      ['layerscope', versions.layerscope],
      ['node', versions.node],
      [
        'electron',
        `${versions.electron ?? 'not installed'}${versions.electronProgram ? '' : ', its program is not fetched'}`
      ],
      ['tfjs', versions.tensorflowJs ?? 'not installed'],
      ['system', versions.system]
    ]),
    section('Machine', [
      ['processor', `${processor.model}, ${processor.architecture}`],
      ['cores', `${processor.cores}, of which ${processor.usable} can be used`],
      ['features', processor.features.join(' ') || 'unknown'],
      ['gpu', processor.nvidia ?? 'no NVIDIA driver'],
      ['memory', `${gibibytes(memory.available)} of ${gibibytes(memory.total)} available, of the ${memory.of}`]
    ]),
    section('Backend', [
      ['in use', backend ? `${backend.title}, version ${backend.version}, threads ${backend.threads}` : 'none'],
      ...adapterRow(backend?.adapter),
      ['why', backend?.reason ?? backends.whyNotNative ?? ''],
      ...(backend?.tried ?? []).map(({ name, ok, reason }) => [name, ok ? 'works' : reason] as const),
      ...backends.native.map(({ flavour, version, built, problem, folder }) => {
        const state = problem ?? (built ? 'built and loads' : 'not built for this version or processor')
        return ['library', `TensorFlow ${version}, ${flavour}: ${state} (${folder})`] as const
      }),
      ['provisioned', backends.provisioned.join(', ') || 'nothing'],
      ['compiler', backends.compiler],
      ['pip', backends.pip]
    ]),
    section(
      'Folders',
      folders.map(({ name, path, exists, writable, free }) => [
        name,
        `${path} (${[
          exists ? 'exists' : 'does not exist yet',
          writable ? 'writable' : 'NOT writable',
          free === null ? 'free space unknown' : `${gibibytes(free)} free`
        ].join(', ')})`
      ])
    ),
    section('Environment', noneOr(Object.entries(environment))),
    section('Results', [
      ['kept', String(results.kept)],
      ...results.unreadable.map(({ id, reason }) => [id, reason] as const)
    ]),
    section('Log', [
      ['file', `${log.file}${log.exists ? '' : ' (does not exist yet)'}`],
      ['level', log.level]
    ]),
    section('Last warnings and errors', noneOr(errors.map((line) => [line.time, logged(line)])))
  ].join('\n')
}

function adapterRow(adapter: GraphicsAdapter | undefined): Rows {
  if (!adapter) return []
  const { name, driver, software, largestTensor } = adapter
  const kind = software ? 'computed by the processor' : 'graphics card'
  return [['adapter', `${name} (${driver}), ${kind}, tensors up to ${gibibytes(largestTensor)}`]]
}

function noneOr(rows: Rows): Rows {
  return rows.length > 0 ? rows : [['', 'none']]
}

function section(title: string, rows: Rows): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const lines = rows.map(([name, text]) => `  ${width > 2 ? name.padEnd(width) : ''}${text}\n`)
  return `${title}\n${lines.join('')}`
}

/** A line of the log for a person: who, what, and the fields but for the stack's further lines. */
function logged({ time: _time, level, process: writer, pid: _pid, event, stack: _stack, ...fields }: LogLine): string {
  const details = Object.entries(fields).map(
    ([name, value]) =>
      `${name} ${typeof value === 'string' ? value.trim().split('\n').join(' | ') : JSON.stringify(value)}`
  )
  return [`${level} ${writer} ${event}`, ...details].join('; ')
}
