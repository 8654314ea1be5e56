/**
 * What is wrong with files that only save time (could not be written, were damaged), a sentence for each folder or
 * file, for `job.list` and the command line. A folder that can be written again has none.
 */
export const cacheNotes = new Map<string, string>()
