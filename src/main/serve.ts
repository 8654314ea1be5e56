import { runCommandLine } from './commandLine/main'
import { serveCommand } from './hosts/http/serveCommand'
import { readVersion } from './hosts/version'

const serve = { name: 'serve', summary: 'serve the app', load: () => Promise.resolve(serveCommand) }
process.exitCode = await runCommandLine([serve], ['serve', ...process.argv.slice(2)], readVersion)
