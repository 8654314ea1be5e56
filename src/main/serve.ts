import { runCommandLine } from './commandLine/main'
import { appVersion } from './engine/paths'
import { serveCommand } from './hosts/http/serveCommand'

const serve = { name: 'serve', summary: 'serve the app', load: () => Promise.resolve(serveCommand) }
process.exitCode = await runCommandLine([serve], ['serve', ...process.argv.slice(2)], appVersion)
