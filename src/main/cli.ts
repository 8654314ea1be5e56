import { isUserError } from '@shared/userError'
import { ablateCommand } from './commands/ablate'
import type { Command } from './commands/command'
import { compareCommand } from './commands/compare'
import { curveCommand } from './commands/curve'
import { extractCommand } from './commands/extract'
import { fetchCommand } from './commands/fetch'
import { headsCommand } from './commands/heads'
import { infoCommand } from './commands/info'
import { minimalPairsCommand } from './commands/minimalPairs'
import { neuronsCommand } from './commands/neurons'
import { parityCommand } from './commands/parity'
import { patchCommand } from './commands/patch'
import { probeCommand } from './commands/probe'
import { rerunCommand } from './commands/rerun'
import { resultsCommand } from './commands/results'
import { sweepCommand } from './commands/sweep'
import { tokenizeCommand } from './commands/tokenize'
import { serveCommand, serveHelp } from './hosts/http/serveCommand'
import { readVersion } from './hosts/version'

const commands: readonly Command[] = [
  {
    name: 'serve',
    summary: 'open the app in a browser, or serve it through an SSH tunnel',
    help: serveHelp,
    run: serveCommand
  },
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

const help = `Layerscope looks inside pretrained language models.

  layerscope COMMAND [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(15)}${summary}`).join('\n')}

  layerscope COMMAND --help   options and examples of one command
  layerscope --version

Examples
  layerscope serve
  layerscope info resources/models/all-MiniLM-L6-v2
  layerscope probe --model resources/models/all-MiniLM-L6-v2 --train dev.conllu --test test.conllu --task upos

LAYERSCOPE_BACKEND=wasm (tensorflow-gpu, tensorflow, wasm, cpu) chooses how to compute.
`

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help)
    return 0
  }
  if (name === '--version') {
    process.stdout.write(`${readVersion()}\n`)
    return 0
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) {
    process.stderr.write(
      `'${name}' is not a command of Layerscope. It knows ${commands.map((candidate) => candidate.name).join(', ')}; \`layerscope --help\` explains them.\n`
    )
    return 1
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.help)
    return 0
  }
  return command.run(rest)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!isUserError(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
