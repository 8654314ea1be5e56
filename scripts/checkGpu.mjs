// npm run check:gpu: what graphics card there is, whether it agrees with PyTorch, and how fast it is (docs/backends.md).
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildApp, isBuilt } from './lib/build.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
if (!isBuilt() && !(await buildApp({ quiet: true }))) process.exit(1)
await import(pathToFileURL(join(root, 'out/main/checkGpu.js')).href)
