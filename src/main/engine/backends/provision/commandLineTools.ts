import { runTool } from '../../processes/runTool'

/**
 * Whether programs in /usr/bin are programs. Without Apple's command line tools, compilers and Python there are stubs
 * that offer, in a dialog nobody asked for, to install them; `xcode-select` says so without one.
 */
export async function hasSystemTools(signal?: AbortSignal): Promise<boolean> {
  return process.platform !== 'darwin' || (await runTool('xcode-select', ['-p'], { signal }))?.code === 0
}
