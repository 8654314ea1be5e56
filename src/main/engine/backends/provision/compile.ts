import { setMaxListeners } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { libraryNames } from './members'
import { patchBinding, patchedFiles } from './patch'
import { runTool } from '../../processes/runTool'
import { hasSystemTools } from './commandLineTools'

export const noCompiler =
  'Connecting native TensorFlow needs a C++ compiler, and none was found. Install one (on Debian and ' +
  'Ubuntu: g++; on macOS: `xcode-select --install`) and run `npm run setup`.'

const defaultCompilers = process.platform === 'darwin' ? ['clang++', 'g++'] : ['g++', 'clang++']

export interface CompileOptions {
  platform: NodeJS.Platform
  /** Folder with TensorFlow's two libraries and `include/`. */
  tensorflow: string
  /** The `binding` folder of the npm package @tensorflow/tfjs-node-gpu. */
  bindingSources: string
  /** The `include` folder of the npm package node-api-headers. */
  nodeHeaders: string
  /** Our own kernels, *.cc and *.h. */
  kernelSources: string
  /** Folder to build in; the finished `tfjs_binding.node` and `quiet.node` go there. */
  target: string
  /** From `target` to `tensorflow`, as the loader should look for it. */
  relativeTensorflow: string
  /** Compiler options for the processor; by default those for this machine's. */
  machine?: readonly string[]
  /** Whether the add-on carries the compiler's own libraries, for machines that have older ones. */
  selfContained?: boolean
  signal?: AbortSignal
  compilers?: readonly string[]
}

/** Compiles tfjs-node's binding, patched, together with our kernels into one add-on. Returns its path. */
export async function compileBinding(options: CompileOptions): Promise<string> {
  const { platform, target, signal } = options
  const compiler = await findCompiler(options.compilers, signal)
  const sources = join(target, 'source')
  await copySources(options.bindingSources, sources)
  await copySources(options.kernelSources, sources)
  // In a release the headers are inside an archive, which this program reads as if it were a folder, and a compiler
  // does not.
  await copySources(options.nodeHeaders, join(sources, 'node'))
  for (const file of patchedFiles) {
    const path = join(sources, file)
    await writeFile(path, patchBinding(file, await readFile(path, 'utf8')))
  }

  const units = (await readdir(sources)).filter((name) => name.endsWith('.cc')).sort()
  const flags = [
    '-std=c++17',
    '-O3',
    // A square root that need not report errors can be computed many at a time.
    '-fno-math-errno',
    '-fPIC',
    '-fvisibility=hidden',
    '-w',
    '-c',
    '-Inode',
    `-I${join(options.tensorflow, 'include')}`,
    ...(options.machine ?? machineFlags(platform))
  ]
  // Every compiler listens for the signal: more listeners than Node takes for usual.
  if (signal) setMaxListeners(units.length + 10, signal)
  // One compiler per unit, in parallel: the binding and the kernels take about the same time.
  await Promise.all(units.map((name) => run(compiler, [...flags, name, '-o', `${name}.o`], sources, signal)))

  const output = join(target, 'tfjs_binding.node')
  const quiet = 'quiet.cc.o'
  const objects = units.map((name) => `${name}.o`).filter((name) => name !== quiet)
  const { cc, framework } = libraryNames(platform)
  const link =
    platform === 'darwin'
      ? [
          '-bundle',
          '-undefined',
          'dynamic_lookup',
          join(options.tensorflow, cc),
          join(options.tensorflow, framework),
          `-Wl,-rpath,@loader_path/${options.relativeTensorflow}`
        ]
      : [
          '-shared',
          `-L${options.tensorflow}`,
          `-l:${cc}`,
          `-l:${framework}`,
          `-Wl,-rpath,$ORIGIN/${options.relativeTensorflow}`,
          '-lpthread',
          ...(options.selfContained ? ['-static-libstdc++', '-static-libgcc', '-s'] : [])
        ]
  await run(compiler, [...objects, ...link, '-o', output], sources, signal)
  await run(
    compiler,
    [
      quiet,
      ...(platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
      '-o',
      join(target, 'quiet.node')
    ],
    sources,
    signal
  )
  return output
}

// Built on the machine it runs on, the kernels may use all of its processor; its model is part of the cache key.
function machineFlags(platform: NodeJS.Platform): string[] {
  return platform === 'darwin' && process.arch === 'arm64' ? ['-mcpu=native'] : ['-march=native']
}

/** Finds a C++ compiler that runs. @throws UserError if there is none */
export async function findCompiler(names: readonly string[] = defaultCompilers, signal?: AbortSignal): Promise<string> {
  if (!(await hasSystemTools(signal))) throw new UserError(noCompiler)
  for (const name of names) {
    const result = await runTool(name, ['--version'], { signal })
    if (result?.code === 0) return name
  }
  throw new UserError(noCompiler)
}

async function run(command: string, args: string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const result = await runTool(command, args, { cwd, signal })
  if (result?.code === 0) return
  const firstError = result?.stderr.split('\n').find((line) => /error/i.test(line)) ?? result?.stderr.trim() ?? ''
  throw new UserError(
    `${command} could not build the connection to TensorFlow: ${firstError.trim().slice(0, 400) || 'it gave no reason'}`
  )
}

async function copySources(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    // Read and written, not copied: from inside an archive both work for certain.
    if (/\.(cc|h)$/.test(name)) await writeFile(join(to, name), await readFile(join(from, name)))
  }
}
