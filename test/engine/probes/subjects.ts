import type { BackendName } from '@shared/backend'
import { nativeState } from '../../../src/main/engine/backends/provision/provision'

const native = nativeState()
if (native.state !== 'ready') console.warn(`The native backend is left out of this run: ${native.reason}`)

export const nativeReady = native.state === 'ready'

/** Every backend that is here. */
export const backends: BackendName[] = [...(nativeReady ? ['tensorflow' as const] : []), 'wasm', 'cpu']
