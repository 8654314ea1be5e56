const wanted = [20, 19]

/** Ends with a sentence on a Node that cannot run Layerscope. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return
  console.error(
    `Layerscope needs Node ${wanted.join('.')} or newer, and this is ${process.versions.node}. Install a current one from your system's packages or nodejs.org.`
  )
  process.exit(1)
}
