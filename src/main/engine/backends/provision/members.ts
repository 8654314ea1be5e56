import type { ZipReader } from './zip'

/** Location of a TensorFlow library by system: its name in the wheel, and the folder that the binding looks in. */
export interface LibraryNames {
  cc: string
  framework: string
}

export function libraryNames(platform: NodeJS.Platform): LibraryNames {
  return platform === 'darwin'
    ? { cc: 'libtensorflow_cc.2.dylib', framework: 'libtensorflow_framework.2.dylib' }
    : { cc: 'libtensorflow_cc.so.2', framework: 'libtensorflow_framework.so.2' }
}

/** TensorFlow's headers that the binding and our kernels include; the rest follows from their own `#include` lines. */
const entryHeaders = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/kernels.h',
  'tensorflow/c/ops.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/core/platform/ctstring_internal.h'
]

const includeRoot = 'tensorflow/include/'

/**
 * The members of a TensorFlow wheel that are needed: two libraries, the headers reachable from the C API, and the
 * licences.
 */
export async function tensorflowMembers(zip: ZipReader, platform: NodeJS.Platform): Promise<string[]> {
  const { cc, framework } = libraryNames(platform)
  const libraries = [`tensorflow/${cc}`, `tensorflow/${framework}`]
  const licences = [`${includeRoot}LICENSE`, 'tensorflow/THIRD_PARTY_NOTICES.txt'].filter((name) =>
    zip.members.has(name)
  )
  return [...libraries, ...licences, ...(await headerClosure(zip))]
}

async function headerClosure(zip: ZipReader): Promise<string[]> {
  const reached = new Set<string>()
  const open = entryHeaders.map((name) => includeRoot + name)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name) || !zip.members.has(name)) continue
    reached.add(name)
    const text = (await zip.read(name)).toString('utf8')
    for (const [, included] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm))
      open.push(includeRoot + included!)
  }
  return [...reached].sort()
}

/**
 * The CUDA libraries of NVIDIA's wheels; TensorFlow finds them by the relative path it was linked with, so their places
 * are kept.
 */
export function nvidiaMembers(zip: ZipReader): string[] {
  return [...zip.members.keys()].filter(
    (name) => /^nvidia\/[^/]+\/(lib|nvvm)\/.*\.(so(\.[\d.]+)?|bc)$/.test(name) || /^nvidia\/.*LICEN[CS]E/i.test(name)
  )
}
