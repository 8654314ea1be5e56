/**
 * What is changed in tfjs-node's binding before it is compiled. Each change names the text it replaces: a new release
 * in which that text is gone fails here, loudly, rather than building something else.
 */
interface Change {
  file: string
  reason: string
  find: string
  replace: string
}

/** Part of the cache key: a different number means a new build. */
export const patchVersion = 6

/** What read_back.cc, probe_rows.cc, halves.cc and memory.cc add to the binding: the name in JavaScript and in C++. */
const functions = [
  'PoolRows',
  'SetThreads',
  'SumFeatures',
  'StandardiseRows',
  'AnswerSoftmax',
  'UndecidedSoftmax',
  'ChooseRows',
  'PackHalves',
  'MakeHalves',
  'FillHalves',
  'PackHalvesTransposed',
  'KeepMemory',
  'ReturnMemory'
].map((c) => ({ name: c[0]!.toLowerCase() + c.slice(1), c }))

/** The line that exports a function to JavaScript. */
const property = ({ name, c }: { name: string; c: string }): string =>
  `      {"${name}", nullptr, ${c}, nullptr, nullptr, nullptr, napi_default, nullptr},`

const changes: readonly Change[] = [
  {
    file: 'tfjs_backend.h',
    reason: 'finding and adding a tensor by its number',
    find: `  // Get number of loaded SavedModel in the backend:
`,
    replace: `  // The tensor of a number that JavaScript holds; null where there is none.
  TFE_TensorHandle *FindHandle(int32_t id) const {
    auto entry = tfe_handle_map_.find(id);
    return entry == tfe_handle_map_.end() ? nullptr : entry->second;
  }
  // Takes a tensor over; returns the number that JavaScript knows it by.
  int32_t AddHandle(TFE_TensorHandle *handle) { return InsertHandle(handle); }

  // Get number of loaded SavedModel in the backend:
`
  },
  {
    file: 'tfjs_binding.cc',
    reason: 'the functions of read_back.cc, probe_rows.cc, halves.cc and memory.cc',
    find: `/**
 * Get the TFJSBackend associated`,
    replace: `${functions.map(({ c }) => `napi_value ${c}(napi_env env, napi_callback_info info);`).join('\n')}

/**
 * Get the TFJSBackend associated`
  },
  {
    file: 'tfjs_binding.cc',
    reason: 'the list of exported functions',
    find: `      {"getNumOfTensors",`,
    replace: `${functions.map(property).join('\n')}
      {"getNumOfTensors",`
  }
]

/** The files of the binding that are changed. */
export const patchedFiles: readonly string[] = [...new Set(changes.map((change) => change.file))]

/** Applies every change to the text of one file. */
export function patchBinding(file: string, source: string): string {
  let text = source
  for (const { reason, find, replace } of changes.filter((change) => change.file === file)) {
    const at = text.indexOf(find)
    if (at < 0 || text.indexOf(find, at + 1) >= 0)
      throw new Error(`tfjs-node's binding has changed: the place for '${reason}' was not found exactly once.`)
    text = text.slice(0, at) + replace + text.slice(at + find.length)
  }
  return text
}
