// npm run setup: brings native TensorFlow into the cache (see docs/backends.md). `npm start` and `npm test` do it by
// themselves.
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { buildApp, isBuilt } from './lib/build.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
if (!isBuilt() && !(await buildApp({ quiet: true }))) process.exit(1)
await import(pathToFileURL(join(root, 'out/main/setup.js')).href)
