import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { dataDir } from '../paths'
import { keepSetting, keptSetting } from './keptSetting'

/** A graphics card, as NVIDIA's driver lists it. */
export interface Gpu {
  name: string
  uuid: string
}

/** The cards of this machine in the order of their slots, which is that of `nvidia-smi`. */
export function listGpus(folder = '/proc/driver/nvidia/gpus'): Gpu[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .flatMap((slot) => {
      const text = readFileSync(join(folder, slot, 'information'), 'utf8')
      const field = (name: string): string => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? ''
      const uuid = field('GPU UUID')
      return uuid ? [{ name: field('Model'), uuid }] : []
    })
}

function settingPath(): string {
  return join(dataDir(), 'gpu.json')
}

/** The UUID of the card that was chosen in the window; null where none was. */
export function keptGpu(path = settingPath()): string | null {
  return keptSetting(path, 'uuid')
}

/** Keeps the choice for the next start of the engine; null leaves it to TensorFlow, which takes the first card. */
export function keepGpu(uuid: string | null, path = settingPath()): void {
  keepSetting(path, 'uuid', uuid)
}

/**
 * The UUID of the card to compute on: `LAYERSCOPE_GPU` (a number as `nvidia-smi` counts, or a UUID), or what was chosen
 * in the window; null where neither is set. A chosen card that has been taken out of the machine is not asked for.
 * @throws UserError where LAYERSCOPE_GPU names none of the cards
 */
export function chosenGpu(gpus: readonly Gpu[], named = process.env.LAYERSCOPE_GPU, kept = keptGpu()): string | null {
  if (named) {
    const gpu = /^\d+$/.test(named) ? gpus[Number(named)] : gpus.find(({ uuid }) => uuid === named)
    if (gpu) return gpu.uuid
    const list = gpus.map(({ name, uuid }, i) => `${i} (${name}, ${uuid})`).join(', ') || 'none'
    throw new UserError(`LAYERSCOPE_GPU is '${named}', and there is no such graphics card. There are: ${list}.`)
  }
  return gpus.some(({ uuid }) => uuid === kept) ? kept : null
}
