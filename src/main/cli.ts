import { runCommandLine } from './commandLine/main'
import { commands } from './commands'
import { readVersion } from './hosts/version'

process.exitCode = await runCommandLine(commands, process.argv.slice(2), readVersion)
