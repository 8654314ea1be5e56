import { nearest } from '@shared/nearest'
import { isUserError } from '@shared/userError'
import type { CommandEntry } from './command'
import { endWithReader, interrupted } from './ending'
import { exitCodes, wrapped } from './help'

/**
 * Runs the words typed after `layerscope`.
 * @returns the exit code
 */
export async function runCommandLine(
  commands: readonly CommandEntry[],
  [name, ...rest]: readonly string[],
  version: () => string
): Promise<number> {
  endWithReader()
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    process.stdout.write(overview(commands))
    return 0
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${version()}\n`)
    return 0
  }
  const wanted = name === 'help' ? rest[0]! : name
  const entry = commands.find((candidate) => candidate.name === wanted)
  if (!entry) {
    process.stderr.write(unknown(wanted, commands))
    return 1
  }
  const command = await entry.load()
  if (name === 'help' || asksForHelp(rest)) {
    process.stdout.write(command.help())
    return 0
  }
  try {
    return await command.run(rest)
  } catch (error) {
    if (error instanceof Error && error.name === 'JobCancelled') {
      process.stderr.write(`${error.message} ${command.resume}\n`)
      return interrupted
    }
    if (!isUserError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** The list of commands. */
export function overview(commands: readonly CommandEntry[]): string {
  return `Layerscope looks inside pretrained language models.

  layerscope COMMAND [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(15)}${summary}`).join('\n')}

  layerscope COMMAND --help, layerscope help COMMAND   options and examples of one command
  layerscope --version

Examples
  layerscope serve
  layerscope info resources/models/all-MiniLM-L6-v2
  layerscope probe --model resources/models/all-MiniLM-L6-v2 --train dev.conllu --test test.conllu --task upos

Results go to standard output, progress, notes and errors to standard error. With --json OUT a command
writes its whole result to a file, or to standard output with --json -.
${wrapped(exitCodes, 100).join('\n')}

LAYERSCOPE_BACKEND=wasm (tensorflow-gpu, tensorflow, wasm, cpu, webgpu) sets the compute backend.
`
}

function asksForHelp(parameters: readonly string[]): boolean {
  const end = parameters.indexOf('--')
  const options = end < 0 ? parameters : parameters.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function unknown(name: string, commands: readonly CommandEntry[]): string {
  const names = commands.map((command) => command.name)
  const meant = nearest(name, names)
  const suggestion = meant ? ` Did you mean ${meant}?` : ''
  return (
    `'${name}' is not a Layerscope command.${suggestion} Commands: ${names.join(', ')}; \`layerscope --help\` ` +
    'describes them.\n'
  )
}
