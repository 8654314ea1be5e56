import type { EngineCallName } from '@shared/contract'
import type { EngineExit } from './engineChild'

/** What the engine was doing, to follow "while it was"; calls that are not listed appear by name. */
const doing: Partial<Record<EngineCallName, string>> = {
  'device.provision': 'setting up native TensorFlow',
  'model.open': 'opening a model',
  'dataset.open': 'opening a data set',
  'dataset.preview': 'reading a data file',
  'sentence.analyze': 'analysing a sentence',
  'sentence.guesses': 'guessing tokens',
  'attention.head': 'computing attention',
  'attention.layer': 'computing attention',
  'activations.extract': 'extracting activations',
  'probe.run': 'training probes',
  'probe.predict': 'predicting with probes',
  'projection.input': 'preparing a projection',
  'projection.nearest': 'looking for neighbours',
  'projection.axes': 'laying words out along axes'
}

export function describeCall(name: string): string {
  return Object.hasOwn(doing, name) ? doing[name as EngineCallName]! : `answering '${name}'`
}

const crashSignals: Readonly<Record<string, string>> = {
  SIGSEGV: 'it crashed in native code',
  SIGBUS: 'it crashed in native code',
  SIGILL: 'it used an instruction that this processor does not have',
  SIGABRT: 'it gave up on an internal error',
  SIGTERM: 'another program ended it'
}

/** Why a process ended, as the middle of a sentence. */
export function describeExit(exit: EngineExit): string {
  if (exit.why) return exit.why
  // V8 reports it; a container or kernel that is out of memory sends SIGKILL without a message.
  if (/heap out of memory|bad_alloc|Cannot allocate memory/i.test(exit.lastWords)) return 'it ran out of memory'
  if (exit.signal === 'SIGKILL' || exit.code === 137) return 'the system ended it, most likely because memory ran out'
  if (exit.signal) return crashSignals[exit.signal] ?? `it was ended by ${exit.signal}`
  const words = errorLine(exit.lastWords)
  return words ? `it ended with "${words}"` : `it ended with code ${exit.code ?? 'unknown'}`
}

function errorLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  return (lines.findLast((line) => /^(Uncaught )?[A-Z]\w*(Error|Exception): /.test(line)) ?? '').slice(0, 300)
}
