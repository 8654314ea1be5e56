import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { GraphicsAdapter } from '@shared/backend'
import { UserError } from '@shared/userError'
import { appRoot, cacheDir, dataDir } from '../../paths'
import { deadLoad, forgetDeadLoads, guardLoad, type GuardedAddon } from '../addonGuard'
import { keepSetting, keptSetting } from '../keptSetting'
import { loadCpu } from '../cpu'
import type { LoadedBackend } from '../loaded'
import { CardBackend, registerCardKernels } from './cardBackend'
import { CardThread } from './cardThread'
import { checkOperations } from './checkOperations'

/** npm packages, optional: without them everything else works. */
const packages = ['webgpu', '@tensorflow/tfjs-backend-webgpu'] as const

const guarded: GuardedAddon = {
  name: 'WebGPU',
  cure: 'Choose it again in the device panel to try it once more.'
}

let opened: GraphicsAdapter | null = null

/**
 * Registers the backend `webgpu`: TensorFlow.js's, on the graphics card, through Dawn, in a thread of its own. Each
 * operation of a forward pass is compared with the processor's first.
 * @throws UserError where a package or a card is missing, where it crashed the process before, or where an operation is
 * wrong
 */
export async function loadWebGpu(): Promise<LoadedBackend> {
  const [dawn, backend] = packages.map(versionOf)
  if (!dawn || !backend)
    throw new UserError(`WebGPU needs the npm packages ${packages.join(' and ')}; \`npm install\` fetches them.`)
  opened ??= await open(dawn)
  return {
    tfName: 'webgpu',
    title: `WebGPU, ${opened.name}`,
    // What computes is the card and its driver as well.
    version: `${backend}, Dawn ${dawn}, ${[opened.name, opened.driver].filter(Boolean).join(', ')}`,
    threads: 1,
    adapter: opened
  }
}

async function open(dawn: string): Promise<GraphicsAdapter> {
  const file = join(appRoot(), 'out/main/webgpuThread.js')
  if (!existsSync(file)) throw new UserError(`${file} is missing; \`npm run build\` makes it.`)
  const note = notePath(dawn)
  mkdirSync(join(note, '..'), { recursive: true })
  const guard = guardLoad(note, guarded)
  try {
    const { thread, start } = await CardThread.start(file)
    await loadCpu()
    const card = new CardBackend(thread, start.adapter)
    registerCardKernels(card, start.kernels)
    tf.registerBackend('webgpu', () => card)
    try {
      await checkOperations(start.adapter)
    } catch (error) {
      tf.removeBackend('webgpu')
      await thread.stop()
      throw error
    }
    return start.adapter
  } finally {
    // Whatever has come back as an error has not crashed the process.
    guard.done()
  }
}

/** Whether it was chosen, and that it crashed the process, as a sentence; null where it is not installed. */
export function webGpuState(): { chosen: boolean; crashed: string | null } | null {
  const dawn = versionOf(packages[0])
  return dawn ? { chosen: webGpuChosen(), crashed: deadLoad(notePath(dawn), guarded) } : null
}

function settingPath(): string {
  return join(dataDir(), 'backend.json')
}

/** Whether WebGPU was chosen in the window. */
export function webGpuChosen(path = settingPath()): boolean {
  return keptSetting(path, 'backend') === 'webgpu'
}

/** Keeps the choice for the next start of the engine, which tries WebGPU even if it crashed the process before. */
export function chooseWebGpu(use: boolean, path = settingPath()): void {
  const dawn = versionOf(packages[0])
  if (use && dawn) forgetDeadLoads(notePath(dawn))
  keepSetting(path, 'backend', use ? 'webgpu' : null)
}

/** Notes of loads are in the cache: the package's folder may not be writable. */
function notePath(dawn: string): string {
  return join(cacheDir(), 'webgpu', `${dawn}-${process.platform}-${process.arch}`, 'dawn.node')
}

/** Null where the package is not installed. */
function versionOf(name: string): string | null {
  try {
    const path = createRequire(join(appRoot(), 'package.json')).resolve(`${name}/package.json`)
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  } catch {
    return null
  }
}
