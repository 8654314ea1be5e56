import { tokenizerBinaries } from './pack/shipped.mjs'

const wanted = [20, 19]

/** Why Layerscope cannot run on a system, as a sentence; null where it can. */
export function whyUnsupported(platform, arch) {
  const system = `${platform}-${arch}`
  if (Object.hasOwn(tokenizerBinaries, system)) return null
  const instead =
    system === 'win32-arm64'
      ? ' Install the x64 build of Node, which Windows emulates, and run `npm install` again.'
      : ''
  return `Layerscope does not run on ${system}: the library that reads tokenizers has no build for it.${instead}`
}

/** Ends with a sentence on a Node, or a system, that cannot run Layerscope. */
export function requireNode() {
  const unsupported = whyUnsupported(process.platform, process.arch)
  if (unsupported) {
    console.error(unsupported)
    process.exit(1)
  }
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return
  console.error(
    `Layerscope needs Node ${wanted.join('.')} or newer, and this is ${process.versions.node}. Install a current one from your system's packages or nodejs.org.`
  )
  process.exit(1)
}
