// npm run build: the parts of the app into out/. Built beside it and moved into place part by part, so that an app that
// is running from out/, or starts meanwhile, never sees half of one. With --if-needed, only where something changed
// since.
import { buildApp, isBuilt } from './lib/build.mjs'

const needed = !process.argv.includes('--if-needed') || !isBuilt()
const ok = !needed || (await buildApp({ quiet: false }))
process.exitCode = ok ? 0 : 1
