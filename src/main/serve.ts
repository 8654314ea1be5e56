import { runCommandLine } from './commandLine/main'
import { serveCommand } from './hosts/http/serveCommand'
import { readVersion } from './hosts/version'

process.exitCode = await runCommandLine([serveCommand], ['serve', ...process.argv.slice(2)], readVersion)
