import type { Command } from '../commandLine/command'
import { serveCommand } from '../hosts/http/serveCommand'
import { ablateCommand } from './ablate'
import { compareCommand } from './compare'
import { curveCommand } from './curve'
import { extractCommand } from './extract'
import { fetchCommand } from './fetch'
import { headsCommand } from './heads'
import { infoCommand } from './info'
import { minimalPairsCommand } from './minimalPairs'
import { neuronsCommand } from './neurons'
import { parityCommand } from './parity'
import { patchCommand } from './patch'
import { probeCommand } from './probe'
import { rerunCommand } from './rerun'
import { resultsCommand } from './results'
import { sweepCommand } from './sweep'
import { tokenizeCommand } from './tokenize'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  serveCommand,
  infoCommand,
  fetchCommand,
  extractCommand,
  probeCommand,
  resultsCommand,
  rerunCommand,
  sweepCommand,
  curveCommand,
  minimalPairsCommand,
  compareCommand,
  ablateCommand,
  patchCommand,
  headsCommand,
  neuronsCommand,
  parityCommand,
  tokenizeCommand
]
