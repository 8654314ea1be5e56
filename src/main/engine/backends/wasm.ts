import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { appRoot } from '../paths'
import type { LoadedBackend } from './loaded'

/** Registers WebAssembly with SIMD. Its threads need a browser's workers, so under Node it computes on one. */
export async function loadWasm(): Promise<LoadedBackend> {
  const require = createRequire(join(appRoot(), 'package.json'))
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(folder.replace(/[\\/]*$/, sep))
  return { tfName: 'wasm', title: 'WebAssembly, one thread', version, threads: 1 }
}
