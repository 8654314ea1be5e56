import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { contractHash } from './scripts/lib/contractHash.mjs'

// Runs of many processes and on a loopback cluster: `npm test -- --only cluster`. They take minutes, and share the
// machine's cores, so one file runs after another.
export default defineConfig({
  define: { LAYERSCOPE_CONTRACT: JSON.stringify(contractHash()) },
  resolve: { alias: { '@shared': resolve('src/shared') } },
  test: {
    include: ['test/cluster/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000
  }
})
