import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const notBenchmarks = ['support.ts', 'vite.config.ts']
const names = readdirSync(resolve('bench'))
  .filter((file) => file.endsWith('.ts') && !notBenchmarks.includes(file))
  .map((file) => file.slice(0, -3))

// Benchmarks run as they would in the app: bundled, on plain Node, dependencies left outside.
export default defineConfig({
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: {
    ssr: true,
    outDir: 'out/bench',
    emptyOutDir: false,
    minify: false,
    target: 'node20',
    rolldownOptions: { input: Object.fromEntries(names.map((name) => [name, resolve('bench', `${name}.ts`)])) }
  }
})
