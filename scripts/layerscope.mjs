#!/usr/bin/env node
// The command line, `npx layerscope ...`: builds what is missing or old, then runs the built command.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildApp, isBuilt } from './lib/build.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
if (!isBuilt()) {
  console.error('Building Layerscope, once.')
  if (!(await buildApp({ quiet: true }))) process.exit(1)
}
await import(pathToFileURL(join(root, 'out/main/cli.js')).href)
