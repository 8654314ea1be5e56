import { serveCommand } from './hosts/http/serveCommand'

process.exitCode = await serveCommand(process.argv.slice(2))
