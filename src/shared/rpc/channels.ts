/** The two channels between the preload script and the main process. */
export const callChannel = 'layerscope:call'
export const eventChannel = 'layerscope:event'
