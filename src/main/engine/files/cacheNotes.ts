/**
 * What went wrong with files that only save time (could not be written, were damaged), a sentence each, for `job.list`
 * and the command line.
 */
export const cacheNotes = new Set<string>()
