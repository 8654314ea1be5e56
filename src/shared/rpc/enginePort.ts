/** The message by which a page gets a port to the engine, and the event by which the engine greets on it. */
export const enginePortName = 'layerscope:engine-port'

/**
 * Calls of the engine with large answers. Where the window has a port to the engine they go over it, past the desktop
 * shell's own process and the bridge, which would copy them several times. None of them concerns the host.
 */
export const largeCalls: ReadonlySet<string> = new Set([
  'projection.input',
  'projection.axes',
  'projection.vectors',
  'dataset.words',
  'dataset.labels',
  'attention.layer',
  'probe.regressionPoints'
])
