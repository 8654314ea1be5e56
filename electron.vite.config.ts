import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { contractHash } from './scripts/lib/contractHash.mjs'

const alias = { '@shared': resolve('src/shared') }

/** Writes the names of the npm packages inside a bundle beside it: a release carries their licences. */
const listPackages: Plugin = {
  name: 'list-packages',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
    const assets = Object.values(bundle).flatMap((part) => (part.type === 'asset' ? part.originalFileNames : []))
    const names = [...modules, ...assets].flatMap(
      (path) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]?.replace('\\', '/') ?? []
    )
    const source = JSON.stringify([...new Set(names)].sort())
    this.emitFile({ type: 'asset', fileName: 'packages.json', source })
  }
}

// Every entry of the main process is listed here. Only `index` may import Electron: the engine, the headless host and
// the command line run on plain Node (a test greps their bundles).
export default defineConfig({
  main: {
    resolve: { alias },
    define: { LAYERSCOPE_CONTRACT: JSON.stringify(contractHash()) },
    build: {
      rolldownOptions: {
        input: {
          index: resolve('src/main/index.ts'),
          serve: resolve('src/main/serve.ts'),
          cli: resolve('src/main/cli.ts'),
          engineProcess: resolve('src/main/engineProcess.ts'),
          modelWorker: resolve('src/main/modelWorker.ts'),
          webgpuThread: resolve('src/main/webgpuThread.ts'),
          downloadThread: resolve('src/main/downloadThread.ts'),
          setup: resolve('src/main/setup.ts'),
          checkGpu: resolve('src/main/checkGpu.ts')
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
    plugins: [vue(), listPackages],
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
