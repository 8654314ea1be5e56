import { resolve } from 'node:path'
import { defineConfig } from 'vite'

// Benchmarks run as they would in the app: bundled, on plain Node, dependencies left outside.
export default defineConfig({
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: {
    ssr: true,
    outDir: 'out/bench',
    emptyOutDir: false,
    minify: false,
    target: 'node20',
    rolldownOptions: { input: { kernels: resolve('bench/kernels.ts') } }
  }
})
