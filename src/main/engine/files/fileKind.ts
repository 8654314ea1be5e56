import { closeSync, openSync, readSync } from 'node:fs'

/** Bytes of a beginning that `fileKind` looks at. */
export const kindBytes = 512

const text = (start: Buffer): string => start.toString('latin1')
const begins =
  (mark: string) =>
  (start: Buffer): boolean =>
    text(start).startsWith(mark)

/** What a file is, by its first bytes, and what to do instead of opening it. */
const kinds: readonly { fits: (start: Buffer) => boolean; is: string; advice: string }[] = [
  {
    fits: begins('version https://git-lfs'),
    is: 'a pointer that Git LFS left in place of the file',
    advice: 'fetch the file itself (git lfs pull) and open it again'
  },
  {
    fits: begins('GGUF'),
    is: 'a GGUF file, quantised weights for llama.cpp',
    advice: 'open the checkpoint it was made from'
  },
  { fits: begins('ggml'), is: 'a GGML file for llama.cpp', advice: 'open the checkpoint it was made from' },
  {
    fits: (start) => /^\s*(<\?xml[^>]*>\s*)?<(!doctype html|html)/i.test(text(start)),
    is: 'a web page, most likely the answer of a server that refused the download',
    advice: 'download the file again'
  },
  {
    fits: (start) => /^(\xef\xbb\xbf)?\s*<\?xml/i.test(text(start)),
    is: 'an XML document',
    advice: 'convert it to a text format, such as CoNLL-U or CSV'
  },
  { fits: begins('Obj\x01'), is: 'an Avro file', advice: 'save it as CSV or JSON Lines' },
  { fits: begins('FEA1'), is: 'a Feather file', advice: 'save it as CSV or JSON Lines (in Python: to_csv, to_json)' },
  { fits: begins('%PDF-'), is: 'a PDF document', advice: 'save its contents as a text format' },
  { fits: begins('\x89PNG'), is: 'a picture (PNG)', advice: 'choose another file' },
  { fits: begins('PAR1'), is: 'a Parquet file', advice: 'open it as data' },
  {
    fits: (start) => begins('ARROW1')(start) || start.subarray(0, 4).equals(Buffer.from([0xff, 0xff, 0xff, 0xff])),
    is: 'an Arrow file',
    advice: 'open it as data'
  },
  { fits: begins('SQLite format 3'), is: 'an SQLite database', advice: 'export the table as CSV' },
  { fits: begins('\x93NUMPY'), is: 'an array of NumPy', advice: 'save it in one of the supported formats' },
  {
    fits: begins('\x89HDF'),
    is: 'an HDF5 file, as Keras saves weights',
    advice: 'save the model as safetensors (in Python: model.save_pretrained)'
  },
  { fits: begins('\xd0\xcf\x11\xe0'), is: 'an old Office document', advice: 'save the table as CSV' },
  {
    fits: (start) => begins('PK\x03\x04')(start) && text(start).includes('[Content_Types].xml'),
    is: 'an Office document',
    advice: 'export the sheet as CSV or TSV'
  },
  {
    fits: begins('PK\x03\x04'),
    is: 'a zip archive or an Office document',
    advice: 'unpack it, or export the sheet as CSV or TSV'
  },
  { fits: begins('7z\xbc\xaf\x27\x1c'), is: 'a 7z archive', advice: 'unpack it and open what is inside' },
  { fits: begins('BZh'), is: 'compressed with bzip2', advice: 'unpack it and open what is inside' },
  { fits: begins('\xfd7zXZ'), is: 'compressed with xz', advice: 'unpack it and open what is inside' },
  { fits: begins('\x28\xb5\x2f\xfd'), is: 'compressed with Zstandard', advice: 'unpack it and open what is inside' },
  {
    fits: (start) => text(start).slice(257, 262) === 'ustar',
    is: 'a tar archive',
    advice: 'unpack it and open what is inside'
  }
]

/**
 * What a file is, if Layerscope never reads its kind: `a Parquet file; save it as CSV ...`. For
 * error messages.
 * @param start its first bytes, `kindBytes` of them where it has as many
 */
export function fileKind(start: Buffer): string | null {
  const kind = kinds.find(({ fits }) => fits(start))
  return kind ? `${kind.is}; ${kind.advice}` : null
}

/**
 * Whether a file that should be text begins as Python's pickles do. Checkpoints that PyTorch saves are pickles too, and
 * the length in front of a safetensors header can spell the same bytes.
 */
export function isPickle(start: Buffer): boolean {
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5
}

/** The first bytes of a file. */
export function beginningOf(path: string): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    const start = Buffer.alloc(kindBytes)
    return start.subarray(0, readSync(descriptor, start, 0, kindBytes, 0))
  } finally {
    closeSync(descriptor)
  }
}
