import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { appRoot } from '../paths'
import type { LoadedBackend } from './loaded'
import { threadCount } from './threadCount'

/**
 * Registers WebAssembly with SIMD. Its own threads need a browser's workers, so under Node it computes on one;
 * extractions use all cores by a worker on each (activations/workerRunner.ts).
 */
export async function loadWasm(): Promise<LoadedBackend> {
  const require = createRequire(join(appRoot(), 'package.json'))
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(folder.replace(/[\\/]*$/, sep))
  return { tfName: 'wasm', title: 'WebAssembly', version, threads: threadCount() }
}
