import { formatCounted } from '@shared/counts'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { jsonAlone } from '../commandLine/commonOptions'
import { followRun, stateJson } from '../commandLine/followRun'
import { chosen, flag, type Values } from '../commandLine/option'
import type { Report } from '../commandLine/report'
import { every } from '../commandLine/runOptions'
import { countsText, namedLines, unitLines } from '../commandLine/runText'
import { executorOf } from '../engine/executors/executors'
import { keptResultsFolder, knownRunsFolder } from '../engine/paths'
import { collect } from '../engine/runs/collect'
import { goOn, inspect, tryAgain } from '../engine/runs/inspect'
import { KnownRuns } from '../engine/runs/knownRuns'
import { tailOf } from '../engine/runs/attemptLog'
import { RunFolder } from '../engine/runs/runFolder'
import type { RunState } from '../engine/runs/state'

const actions = ['status', 'watch', 'cancel', 'resume', 'logs', 'collect'] as const
type Action = (typeof actions)[number]

/** How much of a log is shown, in bytes. */
const shownOfLog = 4000

const options = {
  failed: flag('status, logs: only units that failed; resume: try them again as well'),
  every,
  json: jsonAlone
}

export const runCommand = defineCommand({
  name: 'run',
  description:
    'Shows and continues a run of `layerscope sweep --on`. Everything that is known of it is in its folder, so that ' +
    'any machine that sees the folder can do this, and several at once. The view Runs of the window lists it from ' +
    'then on.',
  usage: [
    'status RUN [--failed] [--json]',
    'watch RUN',
    'resume RUN [--failed]',
    'cancel RUN',
    'logs RUN [UNIT] [--failed]',
    'collect RUN'
  ],
  arguments: [
    {
      name: 'ACTION',
      description:
        'status: where each unit is; watch: the same until the run ends; resume: start what is missing and follow ' +
        'the run; cancel: end its tasks; logs: the last lines of what units wrote; collect: put kept units into the ' +
        'library',
      missing: `Say what to do: ${actions.join(', ')}.`
    },
    { name: 'RUN', description: 'the folder of the run', missing: 'Name the folder of the run.' },
    { name: 'UNIT', description: 'logs: the beginning of the key of a unit; all without it' }
  ],
  options,
  examples: ['layerscope run status /shared/runs/layers --failed', 'layerscope run collect /shared/runs/layers'],
  exitCodes: '`watch` and `resume` exit with 1 if a unit failed or is missing.',
  resume: 'The run goes on; `layerscope run resume` follows it.',
  async run({ values, arguments: [typed, path, unit], report }) {
    const action = chosen(actions, typed!, 'ACTION')
    if (unit !== undefined && action !== 'logs')
      throw new UserError(`'${unit}' was not expected: only \`layerscope run logs\` takes a unit.`)
    const run = RunFolder.open(path!)
    new KnownRuns(knownRunsFolder()).add(run.path)
    return perform(action, run, unit ?? '', values, report)
  }
})

async function perform(
  action: Action,
  run: RunFolder,
  unit: string,
  { failed, every: seconds, json }: Values<typeof options>,
  report: Report
): Promise<number> {
  const executor = executorOf(run.plan.on)
  switch (action) {
    case 'status': {
      const state = await stateOf(run, report)
      const shown = { ...state, units: state.units.filter((each) => !failed || each.state === 'named') }
      report.result(json, stateJson(run, shown), () => statusText(run, state, shown))
      return 0
    }
    case 'logs': {
      const { units } = await stateOf(run, report)
      const wanted = units.filter(
        (each) => each.unit.key.startsWith(unit) && each.attempt?.log && (!failed || each.state === 'named')
      )
      if (unit !== '' && wanted.length === 0) throw new UserError(`No unit whose key begins with '${unit}' has a log.`)
      const texts = [...new Set(wanted.map(({ attempt }) => attempt!.log!))].map(
        (log) => `${log}\n${tailOf(log, shownOfLog)}\n`
      )
      report.result(json, { logs: texts }, () => texts.join(''))
      return 0
    }
    case 'watch':
      return followRun(run, executor, report, { every: seconds, json, start: false })
    case 'resume':
      if (failed) tryAgain(run, await stateOf(run, report))
      goOn(run)
      return followRun(run, executor, report, { every: seconds, json })
    case 'cancel':
      run.stopped = true
      await executor.cancel(run)
      report.result(json, { cancelled: run.path }, () => `Cancelled. \`layerscope run resume ${run.path}\` goes on.\n`)
      return 0
    case 'collect': {
      const { added, there } = collect(run, keptResultsFolder())
      report.result(json, { added, there }, () => {
        const rest = there > 0 ? `; ${formatCounted(there, 'result')} were there already` : ''
        return `${formatCounted(added.length, 'result')} added to the library${rest}.\n`
      })
      return 0
    }
  }
}

/** The state with the attempts of kept units; without the executor's word where it does not answer. */
async function stateOf(run: RunFolder, report: Report): Promise<RunState> {
  const { state, silent } = await inspect(run, executorOf(run.plan.on))
  if (silent !== null) report.note(`${silent} What runs is taken from the attempts.`)
  return state
}

function statusText(run: RunFolder, all: RunState, shown: RunState): string {
  return [
    unitLines(shown.units),
    ...namedLines(run, { ...all, units: [] }).map((line) => `${line}\n`),
    `${countsText(all)}${run.stopped ? '; cancelled' : ''}\n`
  ].join('')
}
