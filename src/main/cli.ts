import { runCommandLine } from './commandLine/main'
import { commands } from './commands'
import { appVersion } from './engine/paths'

process.exitCode = await runCommandLine(commands, process.argv.slice(2), appVersion)
