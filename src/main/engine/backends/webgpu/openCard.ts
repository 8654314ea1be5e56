import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { KernelFunc } from '@tensorflow/tfjs-core'
import type { GraphicsAdapter } from '@shared/backend'
import { UserError } from '@shared/userError'
import { appRoot } from '../../paths'
import type { Card, CardFailures } from './cardWorker'
import { mendKernels } from './mendedKernels'

/** The part of WebGPU (https://www.w3.org/TR/webgpu/) that is used here; the rest is used by TensorFlow.js. */
interface Gpu {
  requestAdapter(options?: { powerPreference?: 'high-performance' }): Promise<GpuAdapter | null>
}
interface GpuAdapter {
  readonly info: { vendor: string; architecture: string; device: string; description: string }
  readonly limits: { maxBufferSize: number; maxStorageBufferBindingSize: number }
}
interface GpuDevice {
  readonly lost: Promise<{ message: string }>
  addEventListener(type: 'uncapturederror', listener: (event: { error: { message: string } }) => void): void
}
/** Dawn for Node, npm's `webgpu`. */
interface Dawn {
  create(flags: string[]): Gpu
  globals: object
}

/**
 * Opens the fastest graphics card by Dawn and makes it the backend `webgpu` of this thread.
 * @throws UserError where a package or a card is missing
 */
export async function openCard(): Promise<{ adapter: GraphicsAdapter; card: Card }> {
  const dawn = load('webgpu') as Dawn
  const gpu = dawn.create([])
  Object.assign(globalThis, dawn.globals)
  // TensorFlow.js looks for it where a browser has it.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: '' }, configurable: true })
  const found = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!found) throw new UserError(`WebGPU found no graphics card that it can use. ${driverNeeded()}`)
  load('@tensorflow/tfjs-backend-webgpu')
  mendKernels()
  // Operations on few numbers would read them back, which waits; everything is done on the card.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  tf.env().set('PROD', true)
  if (!(await tf.setBackend('webgpu'))) throw new UserError('TensorFlow.js could not start on the graphics card.')
  const backend = tf.backend()
  const failures = failuresOf((backend as unknown as { device: GpuDevice }).device)
  const kernel = (name: string): KernelFunc => tf.getKernel(name, 'webgpu').kernelFunc
  return { adapter: adapterOf(found), card: { backend, kernel, failures } }
}

/** An optional package, which is therefore not imported. */
function load(name: string): unknown {
  try {
    return createRequire(join(appRoot(), 'package.json'))(name)
  } catch (error) {
    throw new UserError(`WebGPU could not be loaded: ${(error as Error).message.split('\n')[0]}`)
  }
}

function adapterOf({ info, limits }: GpuAdapter): GraphicsAdapter {
  const software = /swiftshader|llvmpipe|lavapipe|basic render/i.test(JSON.stringify(described(info)))
  return {
    name: info.device || info.description || `${info.vendor} ${info.architecture}`.trim() || 'unnamed graphics card',
    driver: info.description,
    software,
    largestTensor: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  }
}

/** The fields are getters, which JSON leaves out. */
function described({ vendor, architecture, device, description }: GpuAdapter['info']): string[] {
  return [vendor, architecture, device, description]
}

function failuresOf(device: GpuDevice): CardFailures {
  let failure: string | null = null
  let lost: string | null = null
  const add = (sentence: string): void => {
    failure ??= sentence
  }
  device.addEventListener('uncapturederror', ({ error }) =>
    add(`The graphics card failed: ${error.message.split('\n')[0]}`)
  )
  void device.lost.then(({ message }) => {
    lost = `The graphics card was lost (${message || 'no reason given'}). Restart the engine.`
  })
  return {
    add,
    take() {
      const taken = lost ?? failure
      failure = null
      return taken
    }
  }
}

function driverNeeded(): string {
  if (process.platform === 'darwin') return 'It needs Metal.'
  if (process.platform === 'win32') return 'It needs Direct3D 12.'
  return 'It needs a Vulkan driver (`vulkaninfo --summary` lists them; on Debian and Ubuntu: mesa-vulkan-drivers).'
}
