import { existsSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, type, version } from 'node:os'
import { join } from 'node:path'
import { processorFeatures } from '../backends/processorFeatures'
import { readDriverNote } from '../backends/provision/install'
import { runTool } from '../processes/runTool'
import { appRoot } from '../paths'

/** Versions of what a bug may depend on. */
export interface VersionReport {
  layerscope: string
  node: string
  /** The version that is running, or the one that is installed; null where there is none. */
  electron: string | null
  /** Whether Electron's program has been fetched. */
  electronProgram: boolean
  tensorflowJs: string | null
  system: string
}

export interface ProcessorReport {
  model: string
  architecture: string
  cores: number
  /** Cores that this process may use. */
  usable: number
  /** Vector instructions and the like, as the system names them. */
  features: string[]
  /** The first line of NVIDIA's driver; null where none is loaded. */
  nvidia: string | null
}

/** The instructions that decide whether TensorFlow runs and how fast the kernels are. */
const telling = [
  ...['sse4_2', 'sse4.2', 'avx', 'avx1.0', 'f16c', 'fma', 'avx2', 'avx512f', 'avx512bw', 'avx512_vnni', 'avx_vnni'],
  ...['amx_tile', 'amx_bf16', 'neon', 'asimd', 'asimdhp', 'asimddp', 'sve', 'sve2', 'i8mm', 'bf16']
]

export function reportedVersions(layerscope: string): VersionReport {
  const electron = join(appRoot(), 'node_modules/electron')
  return {
    layerscope,
    node: process.versions.node,
    electron: process.versions.electron ?? packageVersion('electron'),
    electronProgram: existsSync(join(electron, 'path.txt')),
    tensorflowJs: packageVersion('@tensorflow/tfjs-node-gpu'),
    system: [distribution(), type(), release(), version()].filter(Boolean).join(', ')
  }
}

export async function reportedProcessor(): Promise<ProcessorReport> {
  const processors = cpus()
  return {
    model: processors[0]?.model.trim() ?? 'unknown',
    architecture: arch(),
    cores: processors.length,
    usable: availableParallelism(),
    features: tellingFeatures(await features()),
    nvidia: readDriverNote()?.split('\n')[0]?.trim() ?? null
  }
}

/** Of a list of processor flags those that matter here, in lower case. */
export function tellingFeatures(flags: string): string[] {
  const there = new Set(flags.toLowerCase().split(/\s+/))
  return telling.filter((feature) => there.has(feature))
}

async function features(): Promise<string> {
  if (process.platform === 'darwin') {
    const names = ['machdep.cpu.features', 'machdep.cpu.leaf7_features', 'hw.optional.neon']
    const results = await Promise.all(names.map((name) => runTool('sysctl', ['-n', name])))
    return results.map((result) => result?.stdout ?? '').join(' ')
  }
  return [...processorFeatures()].join(' ')
}

function distribution(): string {
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(textOf('/etc/os-release') ?? '')?.[1] ?? ''
}

function packageVersion(name: string): string | null {
  const manifest = textOf(join(appRoot(), 'node_modules', name, 'package.json'))
  return manifest ? (JSON.parse(manifest) as { version: string }).version : null
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
