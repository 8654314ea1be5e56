// npm run build: the four parts of the app into out/. Built beside it and moved into place at once, so that an app that is running from out/, or
// starts meanwhile, never sees half of it.
import { buildApp } from './lib/build.mjs'

const ok = await buildApp({ quiet: false })
process.exitCode = ok ? 0 : 1
