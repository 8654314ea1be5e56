import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const alias = { '@shared': resolve('src/shared') }

// Every entry of the main process is listed here. Only `index` may import Electron: the engine, the headless host and
// the command line run on plain Node (a test greps their bundles).
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      rolldownOptions: {
        input: {
          index: resolve('src/main/index.ts'),
          serve: resolve('src/main/serve.ts'),
          cli: resolve('src/main/cli.ts'),
          engineProcess: resolve('src/main/engineProcess.ts'),
          modelWorker: resolve('src/main/modelWorker.ts'),
          downloadThread: resolve('src/main/downloadThread.ts'),
          setup: resolve('src/main/setup.ts')
        }
      }
    }
  },
  preload: {
    resolve: { alias },
    // A sandboxed preload must be one CommonJS file with everything inlined.
    build: { externalizeDeps: false, rolldownOptions: { output: { format: 'cjs' } } }
  },
  renderer: {
    root: resolve('src/renderer'),
    resolve: { alias: { ...alias, '@': resolve('src/renderer') } },
    plugins: [vue()],
    worker: { format: 'es' },
    // Nothing becomes a data: address: the content security policy takes fonts and scripts from the app's own origin
    // alone.
    build: {
      rolldownOptions: { input: resolve('src/renderer/index.html') },
      chunkSizeWarningLimit: 1500,
      assetsInlineLimit: 0
    }
  }
})
