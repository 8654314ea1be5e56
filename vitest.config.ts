import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { contractHash } from './scripts/lib/contractHash.mjs'

export default defineConfig({
  plugins: [vue()],
  define: { LAYERSCOPE_CONTRACT: JSON.stringify(contractHash()) },
  resolve: {
    alias: [
      // Every test of the window talks to a stand-in of the engine that holds its calls to the contract.
      { find: /^@\/client$/, replacement: resolve('test/renderer/engine.ts') },
      { find: '@shared', replacement: resolve('src/shared') },
      { find: '@', replacement: resolve('src/renderer') }
    ]
  },
  test: {
    include: ['test/**/*.test.ts'],
    // The cluster's tests have a configuration of their own.
    exclude: ['test/e2e/**', 'test/cluster/**', 'node_modules/**'],
    environment: 'node',
    // Processes, not threads: native add-ons hold state per process, and a crash must not take other files with it.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000
  }
})
