import { readdirSync } from 'node:fs'
import type { BackendReport } from '@shared/backend'
import { pickBackend } from '../backends/pick'
import { findCompiler } from '../backends/provision/compile'
import { findInstall, nativeRoot, type Flavour } from '../backends/provision/install'
import { findPip } from '../backends/provision/pip'
import { checkLoads } from '../backends/provision/provision'

export interface NativeReport {
  flavour: Flavour
  version: string
  folder: string
  /** Whether the add-on for this version and this processor has been built. */
  built: boolean
  /** Why it does not load, as a sentence; null where it loads or is not built. */
  problem: string | null
}

export interface BackendsReport {
  /** What computes; null where none can be started. */
  backend: BackendReport | null
  /** Why none can be started, or why native TensorFlow is not used; null where it is. */
  whyNotNative: string | null
  native: NativeReport[]
  /** Everything in the folder of native TensorFlow, also of other versions. */
  provisioned: string[]
  compiler: string
  pip: string
}

/** Loads the backend that a start would take, and looks at what setting up native TensorFlow needs. */
export async function reportedBackends(): Promise<BackendsReport> {
  const native = await Promise.all((['cuda', 'cpu'] as const).map(nativeReport))
  const installs = native.filter((install) => install !== null)
  const problem = installs.find((install) => install.problem)?.problem ?? null
  const picked = problem ? new Error(problem) : await pickBackend().catch((error: Error) => error)
  const backend = picked instanceof Error ? null : picked
  return {
    backend,
    whyNotNative: backend ? whyNotNative(backend) : (picked as Error).message,
    native: installs,
    provisioned: namesIn(nativeRoot()),
    compiler: await findCompiler().catch(reason),
    pip: await findPip().then(({ command, prefix }) => [command, ...prefix].join(' '), reason)
  }
}

/** Tried in a process of its own: TensorFlow ends the process on a processor that it does not support. */
async function nativeReport(flavour: Flavour): Promise<NativeReport | null> {
  const install = findInstall(flavour)
  if (!install) return null
  const problem = install.addon ? await checkLoads(install.addon).then(() => null, reason) : null
  return { flavour, version: install.version, folder: install.root, built: install.addon !== null, problem }
}

function whyNotNative({ name, reason: chosen, tried }: BackendReport): string | null {
  if (name === 'tensorflow' || name === 'tensorflow-gpu') return null
  return tried.find((attempt) => attempt.name === 'tensorflow' && !attempt.ok)?.reason ?? chosen
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function reason(error: Error): string {
  return error.message
}
